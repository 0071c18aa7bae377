from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def plugin():
    return Plugin(key="quoting", title=Text("Quoting"), package="quoting")
