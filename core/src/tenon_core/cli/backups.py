"""`tenon backup` and `tenon restore`: a whole site in one file."""

from __future__ import annotations

from pathlib import Path

from tenon_core.cli.app import App
from tenon_core.cli.base import argument, command, option, pass_app
from tenon_core.cli.output import progress, say, warn
from tenon_sdk.text import _


@command("backup", _("Write the whole site into one file. It may be in use meanwhile."))
@argument("file", type=Path)
@pass_app
def backup(app: App, /, *, file: Path) -> None:
    from tenon_core.storage.backup import backup as write

    with app.installation() as found, progress(_("Backup")) as tell:
        manifest = write(found, file, tell)
    if manifest.elsewhere is not None:
        warn(_("Documents in {place} are not in it; back them up there.", place=manifest.elsewhere))
    size = f"{file.stat().st_size / 1_000_000:.1f}"
    say(_("The backup is in {file} ({size} MB). It holds secrets.", file=str(file), size=size))


@command("restore", _("Make a backed-up site anew in an empty folder."))
@argument("file", type=Path)
@argument("folder", type=Path, metavar="[DIR]", required=False)
@option("--database", metavar="URL", help=_("Address of an empty database to use instead."))
@pass_app
def restore(app: App, /, *, file: Path, folder: Path | None, database: str | None) -> None:
    from tenon_core.kernel.installation import installation
    from tenon_core.storage.migrate import pending
    from tenon_core.storage.recovery import restore as read

    target = folder or Path(app.given or ".")
    with progress(_("Verifying")) as tell:
        manifest = read(file, target, database=database, progress=tell)
    say(
        _(
            "The site of {time} is in {folder}.",
            time=manifest.made_at[:19].replace("T", " ") + "Z",
            folder=str(target.resolve()),
        )
    )
    if manifest.elsewhere is not None:
        warn(_("Its documents are in {place}, as before.", place=manifest.elsewhere))
    with installation(target.resolve()) as found:
        if pending(found.engine, found.running()):
            say(_("It is older than the installed versions; run “tenon migrate”."))


COMMANDS = (backup, restore)
