from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def plugin():
    return Plugin(
        key="bellows",
        title=Text("Bellows"),
        package="bellows_plugin",
        glue={"forge": "with_forge"},
    )
