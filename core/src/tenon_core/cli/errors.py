"""One clear line for whatever goes wrong."""

from __future__ import annotations

import sys
from typing import Any

import click

from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text, _, translate

FAILED, USAGE, INTERRUPTED = 1, 2, 130
UNDEFINED_TABLE = "42P01"


def code_of(error: BaseException) -> int:
    """2 for wrong arguments, 130 when interrupted, else 1."""
    if isinstance(error, click.Abort):
        return FAILED if isinstance(error.__cause__, EOFError) else INTERRUPTED
    return error.exit_code if isinstance(error, click.ClickException) else FAILED


def line_of(error: BaseException) -> str:
    """What is said about the error, in one line of the current language."""
    return " ".join(_line(error).split())


def _line(error: BaseException) -> str:
    if isinstance(error, click.UsageError):
        return _usage(error)
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, click.Abort):
        ended = isinstance(error.__cause__, EOFError)
        return translate(_("An answer was expected.") if ended else _("Interrupted."))
    if isinstance(error, TenonError):
        return str(error)
    database = _of_database(error)
    if database is not None:
        return translate(database)
    if isinstance(error, OSError):
        return _of_system(error)
    return translate(
        _(
            "Unexpected error: {error}. Run the command with --debug for details.",
            error=f"{type(error).__name__}: {error}",
        )
    )


def _usage(error: click.UsageError) -> str:
    message = error.format_message()
    if error.ctx is not None and error.ctx.command.get_help_option(error.ctx) is not None:
        hint = _("See “{command} --help”.", command=error.ctx.command_path)
        return f"{message} {translate(hint)}"
    return message


def _of_system(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _of_database(error: BaseException) -> Text | None:
    """What a database's error means for whoever typed the command; None if it is none."""
    known: Any = sys.modules.get("sqlalchemy.exc")
    if known is None:
        return None
    if not isinstance(error, known.DBAPIError):
        return None
    reason = str(error.orig)
    if _lacks_table(error, reason):
        return _("The database is not set up or out of date; run “tenon migrate”.")
    if "database is locked" in reason:
        return _("Another process is writing to the database; try again.")
    if "readonly database" in reason:
        return _("The database cannot be written to: no permission for its file or folder.")
    if isinstance(error, known.OperationalError):
        return _("The database cannot be reached: {error}", error=reason.strip())
    return _("The database refused: {error}", error=reason.strip())


def _lacks_table(error: Any, reason: str) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state == UNDEFINED_TABLE or "no such table" in reason or "no such column" in reason
