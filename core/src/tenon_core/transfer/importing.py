"""Carrying out an import: portion by portion or as one, to be cancelled and carried on.

Row by row, each portion is a transaction of its own in which the counts of the run move on with
the records: whatever ends the process, the run tells exactly what is stored and goes on behind
it. All or nothing, and a dry run, are one transaction.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from attrs import define
from sqlalchemy import Row, update
from sqlalchemy.exc import OperationalError

from tenon_core.context import WorkContext
from tenon_core.entities.imports import ImportRun
from tenon_core.origins import origin_here
from tenon_core.settings import CoreSettings
from tenon_core.storage import following
from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.errors_file import reasons_of, write_errors
from tenon_core.transfer.following import Chosen, enqueue_follow, follow
from tenon_core.transfer.importer import (
    DuplicateCheck,
    Importer,
    Portion,
    Waiting,
)
from tenon_core.transfer.likeness import check_duplicates
from tenon_core.transfer.mapping import parse_mapping
from tenon_core.transfer.opening import open_importer
from tenon_core.transfer.runs import (
    FINISHED,
    MESSAGE,
    SHOWN,
    ImportReport,
    ImportRequest,
    audit_end,
    change,
    counts,
    fetch,
    note_of,
    read_note,
    report_of,
    start_import,
)
from tenon_sdk.entities import Entity
from tenon_sdk.errors import NotFound, TenonError
from tenon_sdk.text import Text, _, use_locale

Report = Callable[[int, int | None], None]
FILE_ERRORS = "errors"
# From so many rows on, what can be made later of the records is made later.
LARGE = 2_000
# Fewer and larger transactions write an index's pages less often; keys of duplicates of more
# rows would not fit into one statement.
LARGE_PORTION = 5_000


class _Undone(Exception):
    """Leaves a transaction so that nothing of it stays."""


class _Cancelled(Exception):
    """Somebody ended the run meanwhile."""


def import_file(
    site: Any,
    user_id: UUID | None,
    entity: type[Entity],
    path: Path,
    request: ImportRequest,
    *,
    report: Report | None = None,
    check: DuplicateCheck | None = None,
) -> ImportReport:
    """Imports a file at once, as a user or with None as the system; see `run_import`."""
    with _context(site, user_id) as ctx:
        run_id = start_import(ctx, entity, path, path.name, request, queue=False)
    return run_import(site, run_id, report=report, check=check)


def run_import(
    site: Any,
    run_id: UUID,
    *,
    report: Report | None = None,
    check: DuplicateCheck | None = None,
    plain: bool = True,
) -> ImportReport:
    """Carries out a run, or carries it on, in transactions of its own.

    `report(done, total)` is told after each portion and may raise to stop. `check` looks for
    duplicates instead of `likeness.check_duplicates`. What is wrong with the file or with rows is
    in the report and never raised.
    """
    with site.read_engine.connect() as connection:
        row = fetch(connection, run_id)
    if row is None:
        raise NotFound("core.import_run", run_id)
    if row.state in FINISHED:
        return report_of(site, row)
    return _Run(site, row, report or _silent, check or check_duplicates, plain).perform()


def _silent(_done: int, _total: int | None) -> None:
    """Tells nobody."""


@contextmanager
def _context(site: Any, user_id: UUID | None) -> Iterator[WorkContext]:
    if user_id is None:
        with site.system("import", origin=origin_here("import")) as ctx:
            yield ctx
    else:
        with site.context(user_id, origin=origin_here("import")) as ctx:
            yield ctx


@contextmanager
def _rested_collector() -> Iterator[None]:
    """What the process holds already is no garbage of the import: looking through it again and
    again took a quarter of the time.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@define
class _Run:
    site: Any
    row: Row[Any]
    tell: Report
    check: DuplicateCheck
    plain: bool
    # What is made of the records after they are stored; nothing for a small file.
    kinds: frozenset[str] = frozenset()
    portion: int | None = None

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.site, self.row.id)

    @property
    def at_once(self) -> bool:
        return bool(self.row.dry_run or self.row.mode == "all_or_nothing")

    @contextmanager
    def context(self, at: int | None = None) -> Iterator[WorkContext]:
        """A transaction; with `at` it is the first that stores rows, behind row `at`.

        The job that follows is enqueued with what it has to do, so that no crash parts the two.
        """
        with _context(self.site, self.row.owner_id) as ctx:
            if self.kinds:
                following.begin(ctx.session, self.row.id, self.kinds)
                if at is not None:
                    enqueue_follow(ctx, self.row.id, at)
            yield ctx

    def perform(self) -> ImportReport:
        report = ImportReport(id=self.row.id, state="running", dry_run=self.row.dry_run)
        try:
            with _rested_collector(), self.files.local(self.row.source_key) as path:
                importer = self._open(path, report)
                if self.at_once:
                    self._at_once(importer, report)
                else:
                    self._in_portions(importer, report)
                self._finish(importer, report)
        except _Cancelled:
            with self.site.read_engine.connect() as connection:
                row = fetch(connection, self.row.id)
            return report_of(self.site, row or self.row)
        except TenonError as error:
            self._fail(report, error)
        except OperationalError:
            raise
        except Exception as error:
            self._fail(report, error)
            raise
        with self.site.read_engine.connect() as connection:
            report.following = following.waiting(connection, self.row.id)
        return report

    def _open(self, path: Path, report: ImportReport) -> Importer:
        options: Mapping[str, Any] = self.row.options
        with self.context() as ctx:
            entity = self.site.registry.entity(self.row.entity)
            importer = open_importer(
                ctx,
                path,
                entity,
                parse_mapping(options.get("mapping") or {}),
                duplicates=options.get("duplicates", "ignore"),
                check=self.check,
                plain=self.plain,
            )
        report.total = importer.scan()
        self._look_ahead(importer, report.total)
        report.ignored = importer.ignored
        with self.site.engine.begin() as connection:
            now = self.site.clock()
            values: dict[str, Any] = {"state": "running", "total": report.total}
            if self.row.started_at is None:
                values["started_at"] = now
            if not change(connection, self.row.id, **values):
                raise _Cancelled
        return importer

    def _look_ahead(self, importer: Importer, total: int) -> None:
        """Decides what may follow later; whoever looks for duplicates needs all keys at once."""
        looks = importer.duplicates != "ignore"
        if looks:
            follow(self.site, Chosen(kind=following.KEYS, entity=self.row.entity))
        if total >= LARGE:
            refuses = self.site.settings_of(CoreSettings).refuse_duplicates
            at_once = {following.KEYS} if looks or refuses else set()
            self.kinds = frozenset(following.KINDS) - at_once
            self.portion = None if looks else LARGE_PORTION

    def _check_cancelled(self) -> None:
        with self.site.read_engine.connect() as connection:
            row = fetch(connection, self.row.id)
        if row is None or row.state in FINISHED:
            raise _Cancelled

    # -------------------------------------------------------------------------- one transaction

    def _at_once(self, importer: Importer, report: ImportReport) -> None:
        self.files.forget_notes()
        waiting: list[Waiting] = []
        try:
            with self.context(0) as ctx:
                for number, rows in enumerate(importer.portions(0, self.portion)):
                    portion = importer.take(ctx, rows)
                    waiting += portion.later
                    report.add(portion, len(rows))
                    self._note(number, portion)
                    self.tell(report.read, report.total)
                    self._check_cancelled()
                self._settle(ctx, importer, waiting, report)
                self._keep(ctx, report)
        except _Undone:
            self._take_back(report)

    def _keep(self, ctx: WorkContext, report: ImportReport) -> None:
        if report.dry_run or report.failed:
            raise _Undone
        report.state = "done"
        self._close(ctx, report)

    def _settle(
        self, ctx: WorkContext, importer: Importer, waiting: list[Waiting], report: ImportReport
    ) -> None:
        faults = importer.finish(ctx, waiting)
        if not faults:
            return
        rows = {fault.row for fault in faults}
        report.failed += len(rows)
        report.created -= min(len(rows), report.created)
        portion = Portion(faults=faults)
        report.faults += faults[: max(0, SHOWN - len(report.faults))]
        self._note(report.read, portion)

    def _take_back(self, report: ImportReport) -> None:
        """A dry run tells what would be; all or nothing tells that nothing is."""
        report.state = "done" if report.dry_run else "failed"
        if not report.dry_run:
            report.created = report.updated = report.unchanged = 0
            report.message = _(
                "Nothing was imported, as {count} of {total} rows were refused.",
                count=report.failed,
                total=report.total or 0,
            )
        with self.context() as ctx:
            self._close(ctx, report)

    # ------------------------------------------------------------------------------- in portions

    def _in_portions(self, importer: Importer, report: ImportReport) -> None:
        self._resume(report)
        start = report.read
        for rows in importer.portions(start, self.portion):
            before = report.read
            with self.context(start if before == start else None) as ctx:
                portion = importer.take(ctx, rows)
                report.add(portion, len(rows))
                self._note(before, portion)
                if not change(ctx.connection, self.row.id, standing_at=before, **counts(report)):
                    raise _Cancelled
            self.tell(report.read, report.total)
        waiting = [
            Waiting(row, UUID(id_), column, field, text)
            for note in self.files.notes(report.read)
            for row, id_, column, field, text in note["later"]
        ]
        with self.context() as ctx:
            faults = importer.finish(ctx, waiting)
            report.warnings += faults[: max(0, SHOWN - len(report.warnings))]
            if faults:
                self._note(report.read, Portion(warnings=faults))
            report.state = "done"
            self._close(ctx, report)

    def _resume(self, report: ImportReport) -> None:
        row = self.row
        report.read, report.created, report.updated = row.read, row.created, row.updated
        report.unchanged, report.failed = row.skipped, row.failed
        for note in self.files.notes(row.read):
            faults, warnings = read_note(note)
            report.faults += faults[: max(0, SHOWN - len(report.faults))]
            report.warnings += warnings[: max(0, SHOWN - len(report.warnings))]

    def _note(self, portion: int, result: Portion) -> None:
        if result.faults or result.warnings or result.later:
            self.files.note(portion, note_of(result))

    # -------------------------------------------------------------------------------------- end

    def _close(self, ctx: WorkContext, report: ImportReport) -> None:
        message = report.message.translate()[:MESSAGE] if report.message else None
        done = change(
            ctx.connection,
            self.row.id,
            state=report.state,
            finished_at=self.site.clock(),
            message=message,
            total=report.total,
            **counts(report),
        )
        if not done:
            raise _Cancelled
        audit_end(ctx, self.row, report)
        if self.kinds:
            enqueue_follow(ctx, self.row.id)

    def _finish(self, importer: Importer, report: ImportReport) -> None:
        faults = [f for note in self.files.notes() for part in read_note(note) for f in part]
        if not faults:
            return
        locale = self._locale()
        suffix = "csv" if importer.table.format == "csv" else "xlsx"
        with TemporaryDirectory(prefix="tenon-import-") as folder, use_locale(locale):
            target = Path(folder) / f"{FILE_ERRORS}.{suffix}"
            write_errors(importer, reasons_of(faults), target)
            report.errors_key = self.files.put(target.name, target)
        self._store_errors_key(report.errors_key)

    def _locale(self) -> str:
        if self.row.owner_id is None:
            return str(self.site.config.site.locale)
        return str(self.site.guardian(self.row.owner_id).access.actor.locale)

    def _store_errors_key(self, key: str) -> None:
        table: Any = ImportRun.__table__
        with self.site.engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.id == self.row.id).values(errors_key=key)
            )

    def _fail(self, report: ImportReport, error: Exception) -> None:
        """What is stored by portions stays and is counted; the reason goes into the record."""
        report.state = "failed"
        with self.site.read_engine.connect() as connection:
            stored = fetch(connection, self.row.id) or self.row
        report.read, report.failed = stored.read, stored.failed
        report.created, report.updated = stored.created, stored.updated
        report.unchanged = stored.skipped
        with use_locale(self._locale()):
            said = str(error) if isinstance(error, TenonError) else _internal(error).translate()
        report.message = Text("{error}", {"error": said})
        with self.context() as ctx:
            self._close(ctx, report)


def _internal(error: Exception) -> Text:
    return _("An error in the program ended the import: {error}.", error=type(error).__name__)
