from anvil_plugin.entities import Order
from tenon_sdk.hooks import Hooks, implements


@implements(Hooks.register_entities)
def entities():
    return (Order,)
