from forge_plugin.entities import Press, TagColour
from tenon_sdk.declarations import Extension
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission, Scope
from tenon_sdk.text import Text


@implements(Hooks.register_entities)
def entities():
    return (Press,)


@implements(Hooks.register_extensions)
def extensions():
    return (Extension(entity=TagColour),)


@implements(Hooks.register_permissions)
def permissions():
    return (
        Permission(name="forge.press.view", roles={"planner": Scope.ALL, "smith": Scope.UNIT}),
        Permission(name="forge.press.melt", label=Text("Melt"), roles={"planner": Scope.OWN}),
    )
