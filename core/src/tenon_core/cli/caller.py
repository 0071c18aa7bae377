"""Who calls `tenon`, for the audit."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tenon_core.origins import Origin, coming_from

MOST = 60


def origin_of_call() -> Origin:
    """The command line, with the operating system's name of who called."""
    return Origin(kind="cli", operator=operator()[:MOST])


def operator() -> str:
    """The name of the process's user; her number where the system knows no name.

    Asked of the system and not of the environment, which everybody may set.
    """
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@contextmanager
def called() -> Iterator[None]:
    """What is written in this block is audited as a call of the command line."""
    with coming_from(origin_of_call()):
        yield
