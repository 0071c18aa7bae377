"""Messages that scripts show; their translations travel in the page."""

from tenon_sdk.text import _

SCRIPT_TEXTS = (
    _("Close"),
    _("Cancel"),
    _("Save"),
    _("Nothing found"),
    _("No connection to the server."),
    _("This record no longer exists."),
    _("You are not allowed to do this."),
)
