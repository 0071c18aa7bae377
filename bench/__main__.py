"""Measures Tenon beside the raw limit, see README.md."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from attrs import frozen

from bench import report
from bench.client import Request, ask
from bench.load import Data, loaded
from bench.measure import Side, compare
from bench.operations import ACTORS, API, Operation, check, operations
from bench.server import OURS, RAW, Server, serving
from bench.sites import Place, place, remove, server
from bench.statements import Counter
from bench.tidying import refresh_statistics, tidied
from bench.work import Spent, handed_over, imported, merged
from tenon_core.site import Site

REQUESTS = ("list", "filter", "search", "get", "view", "create", "update")
WORK = ("import", "handover", "merge")
QUICK = ["--rows", "5000", "--rounds", "1", "--seconds", "0.3", "--import-rows", "4000"]


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    if given.quick:
        given = _parser().parse_args([*QUICK, *(a for a in arguments if a != "--quick")])
    folder = Path(given.folder or tempfile.mkdtemp(prefix="tenon-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[report.Line] = []
    try:
        with server(folder, given.database) as address:
            for dialect in given.database:
                for rows in given.rows:
                    here = place(folder, dialect, rows, address)
                    lines += _measured(here, given)
                    if given.folder is None:
                        remove(here, address)
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{report.table(lines)}")
    if given.results is not None:
        command = " ".join(["python -m bench", *arguments])
        print(f"\nWritten to {report.write(lines, command, given.results)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, in some minutes")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument(
        "--database", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    parser.add_argument("--only", type=_names, default=[*REQUESTS, *WORK], metavar="list,get,…")
    parser.add_argument("--who", nargs="+", default=list(ACTORS), choices=ACTORS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each round")
    parser.add_argument("--import-rows", type=int, default=100_000)
    parser.add_argument("--folder", help="keep the loaded sites here and use them again")
    parser.add_argument("--results", type=Path, help="write results-<date>.md in this folder")
    return parser


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - {*REQUESTS, *WORK}
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return names


def _measured(here: Place, given: argparse.Namespace) -> Iterator[report.Line]:
    site = Site.open(here.folder)
    try:
        data = loaded(site, here)
        print(
            f"{here.dialect}: {data.rows:,} accounts, {data.contacts:,} contacts, "
            f"{data.activities:,} activities, loaded in {data.seconds:,.0f} s",
            flush=True,
        )
        with Counter(site) as counter:
            yield from map(_told, _over_http(site, here, data, counter, given))
            yield from map(_told, _in_process(site, here, data, counter, given))
    finally:
        site.close()


def _told(line: report.Line) -> report.Line:
    print(
        f"  {line.actor:<6} {line.name:<8} CPU ms {report.cpu(line.ours)}, limit "
        f"{report.cpu(line.raw)}, share {line.share:.2f}, {line.statements} statements",
        flush=True,
    )
    return line


def _over_http(
    site: Site, here: Place, data: Data, counter: Counter, given: argparse.Namespace
) -> Iterator[report.Line]:
    wanted = [name for name in REQUESTS if name in given.only]
    if not wanted:
        return
    with serving(OURS, {"TENON_SITE": str(here.folder)}) as ours:
        shown = _fields(data, ours)
        with serving(RAW, {"BENCH_SITE": str(here.folder), "BENCH_FIELDS": shown}) as raw:
            bench = _Bench(site, here, counter, given, ours, raw)
            for actor in given.who:
                refresh_statistics(site)
                chosen = operations(data, actor)
                for name in wanted:
                    yield bench.line(actor, chosen[name], _headers(data, actor))


@frozen
class _Bench:
    """Both servers of a site, and what their operations are measured with."""

    site: Site
    here: Place
    counter: Counter
    given: argparse.Namespace
    ours: Server
    raw: Server

    def line(self, actor: str, operation: Operation, headers: Mapping[str, str]) -> report.Line:
        if operation.name != "create":
            return self._line(actor, operation, headers)
        with tidied(self.site):
            return self._line(actor, operation, headers)

    def _line(self, actor: str, operation: Operation, headers: Mapping[str, str]) -> report.Line:
        if operation.name != "create":
            check(operation, self.ours.port, self.raw.port, headers)
        count = self.counter.requests(headers, operation.ours())
        pair = compare(
            Side(self.ours, headers, operation.ours),
            Side(self.raw, {}, operation.raw),
            self.here.postgres,
            rounds=self.given.rounds,
            seconds=self.given.seconds,
        )
        return report.of_requests(self.here, actor, operation.name, count, pair)


def _headers(data: Data, actor: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {data.tokens[actor]}"}


def _fields(data: Data, ours: Server) -> str:
    """What one account shows, in its order."""
    request = Request("GET", f"{API}/{data.accounts['any'][0]}")
    return ",".join(msgspec.json.decode(ask(ours.port, request, _headers(data, "admin"))))


def _in_process(
    site: Site, here: Place, data: Data, counter: Counter, given: argparse.Namespace
) -> Iterator[report.Line]:
    if "import" in given.only:
        with tidied(site):
            spent, raw, followed = imported(site, here, data, counter, given.import_rows)
        yield report.of_work(here, "import", spent, raw)
        yield report.of_work(here, "follow", followed, Spent())
    if "handover" in given.only:
        yield report.of_work(here, "handover", *handed_over(site, here, data, counter))
    if "merge" in given.only:
        yield report.of_work(here, "merge", *merged(site, here, data, counter))


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main(sys.argv[1:]))
