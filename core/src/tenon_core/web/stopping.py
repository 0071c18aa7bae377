"""Whether this process is to end: what answers without end looks here."""

from __future__ import annotations

import signal
import threading

STOPPING = threading.Event()


def note_signals() -> None:
    """Sets `STOPPING` when the process is told to end.

    The event loop learns of signals by its wake-up descriptor, so that what it does itself at
    that moment stays as it is. In a thread other than the main one nothing is done.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: STOPPING.set())
