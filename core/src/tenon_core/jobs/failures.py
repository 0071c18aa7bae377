"""Why a run did not succeed, stored so that it can be shown in the reader's language."""

import traceback
from collections.abc import Mapping
from typing import Any, Self

from attrs import frozen

from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text, _, translate

TRACEBACK_LIMIT = 8000


def dump_text(text: str) -> dict[str, Any]:
    """A text as JSON that keeps its message id, so that it is translated when it is shown."""
    args: Mapping[str, object] = getattr(text, "args", {})
    values = {
        name: value if isinstance(value, int | float | bool) else str(value)
        for name, value in args.items()
    }
    return {"message": str.__str__(text), "args": values}


def load_text(stored: Mapping[str, Any] | None) -> Text | None:
    return None if stored is None else Text(stored["message"], stored["args"])


@frozen
class Failure:
    """The class of the error and its message; `str()` of it is in the current locale."""

    kind: str
    message: Text

    @classmethod
    def of(cls, error: BaseException) -> Self:
        kind = type(error).__name__
        if isinstance(error, TenonError):
            return cls(kind, error.message)
        return cls(kind, Text("{error}", {"error": str(error) or kind}))

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> Self | None:
        if stored is None:
            return None
        return cls(stored["kind"], Text(stored["message"], stored["args"]))

    def dump(self) -> dict[str, Any]:
        return {"kind": self.kind, **dump_text(self.message)}

    def __str__(self) -> str:
        return translate(self.message)


def shortened_traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-TRACEBACK_LIMIT:]


class JobError(TenonError):
    """A run that cannot be started or go on, for a reason that the queue itself knows."""

    code = "job"


class UnknownJob(JobError):
    def __init__(self, job: str) -> None:
        super().__init__(_("No enabled plugin offers the job “{job}”.", job=job))


class NoSuchRun(JobError):
    def __init__(self) -> None:
        super().__init__(_("There is no such run, or it is not in a state that allows this."))


class TimedOut(JobError):
    def __init__(self, seconds: float) -> None:
        super().__init__(_("The job took longer than {seconds} s.", seconds=f"{seconds:g}"))


class WorkerLost(JobError):
    def __init__(self) -> None:
        super().__init__(_("The process that ran this job ended again and again."))


class WorkerRefused(JobError):
    """The worker cannot be started in this process or on this database."""


class RunStopped(BaseException):
    """Ends a job from outside; it passes `except Exception`, and a job never catches it."""


class RunLost(RunStopped):
    """The run was cancelled, or another process has taken it over: nothing may be stored."""


class RunInterrupted(RunStopped):
    """This process is shutting down; the run goes on elsewhere from its last checkpoint."""
