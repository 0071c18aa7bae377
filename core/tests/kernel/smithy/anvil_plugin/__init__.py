from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def plugin():
    return Plugin(key="anvil", title=Text("Anvil"), package="anvil_plugin", requires=("forge",))
