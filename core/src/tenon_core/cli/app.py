"""One call of `tenon`: which site it is about, who acts, and what the terminal can show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from tenon_core.cli import language
from tenon_core.cli.caller import called, origin_of_call
from tenon_core.cli.output import warn
from tenon_sdk.text import LOCALES, _

if TYPE_CHECKING:
    from tenon_core.context import WorkContext
    from tenon_core.kernel.installation import Installation
    from tenon_core.site import Site


@define
class App:
    """What every command gets; a site that it opens is closed when the call ends."""

    given: str | None = None
    debug: bool = False
    locale: str = "en"
    _site: Site | None = field(default=None, init=False)
    _closing: ExitStack = field(factory=ExitStack, init=False)

    @classmethod
    def of(cls, args: Sequence[str]) -> App:
        """From the options that stand anywhere among the arguments."""
        given = _value(args, "--site")
        locale = language.choose(_language(args), given)
        return cls(given=given, debug="--debug" in _before_dashes(args), locale=locale)

    def folder(self) -> Path:
        from tenon_core.kernel.config import find_site

        return find_site(self.given)

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """The site before it is booted, for the life cycle of plugins."""
        from tenon_core.kernel.installation import installation

        with called(), installation(self.folder()) as found:
            yield found

    def site(self) -> Site:
        """The booted site; what does not run of it is said once."""
        if self._site is None:
            from tenon_core.site import Site

            self._site = Site.open(self.folder())
            self._closing.callback(self._site.close)
            for key, quarantine in self._site.loaded.quarantined.items():
                warn(_("Plugin “{key}” does not run: {reason}", key=key, reason=quarantine.reason))
        return self._site

    @contextmanager
    def work(
        self, reason: str, login: str | None = None, *, read_only: bool = False
    ) -> Iterator[WorkContext]:
        """A unit of work as the system, audited with `reason`, or as a user with her rights."""
        site, origin = self.site(), origin_of_call()
        work: Any
        if login is None:
            work = site.system(reason, read_only=read_only, origin=origin)
        else:
            user_id = self.user_id(login)
            work = site.context(user_id, read_only=read_only, origin=origin, locale=self.locale)
        with work as ctx:
            yield ctx

    def user_id(self, login: str) -> Any:
        """Raises Invalid that names the log-in."""
        from tenon_sdk.errors import Invalid, NotFound

        try:
            return self.site().user_id(login)
        except NotFound:
            raise Invalid({"login": _("There is no user “{login}”.", login=login)}) from None

    def close(self) -> None:
        self._closing.close()
        self._site = None


def _before_dashes(args: Sequence[str]) -> Sequence[str]:
    return args[: list(args).index("--")] if "--" in args else args


def _value(args: Sequence[str], name: str) -> str | None:
    """The last value of an option, wherever it stands."""
    found = None
    known = _before_dashes(args)
    for position, arg in enumerate(known):
        if arg == name and position + 1 < len(known):
            found = known[position + 1]
        elif arg.startswith(f"{name}="):
            found = arg.partition("=")[2]
    return found


def _language(args: Sequence[str]) -> str | None:
    given = _value(args, "--lang")
    return given if given in LOCALES else None
