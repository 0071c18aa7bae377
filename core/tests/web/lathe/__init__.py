from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def plugin():
    return Plugin(key="lathe", title=Text("Lathes"), package="lathe", protects=("core.account",))
