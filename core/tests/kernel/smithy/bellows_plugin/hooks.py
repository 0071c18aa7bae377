from bellows_plugin.entities import Pump
from tenon_sdk.hooks import Hooks, implements


@implements(Hooks.register_entities)
def entities():
    return (Pump,)
