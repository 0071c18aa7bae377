from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text

CALLS = []


def plugin():
    return Plugin(
        key="forge",
        title=Text("Forge"),
        package="forge_plugin",
        protects=("core.tag",),
        on_enable=lambda ctx: CALLS.append("enabled"),
        on_purge=lambda ctx: CALLS.append("purged"),
    )
