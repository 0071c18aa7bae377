"""Duplicate detection against the labelled sets: precision, recall and F1, one configuration.

    python bench/duplicates/run.py [--scale 100000]

`febrl`: all pairs of one file. `hospital`, `agency`: each right title to at most one left; also
shown is how many links are made when the true partner is taken out of the left list, where
every link is wrong. The misses are split: names whose evidence speaks against each other
(renamed, translated: not to be found without knowledge of the world), others that a rival
beat, and those found but below the threshold.
`--scale` sweeps that many company names and prints pairs, seconds and memory.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import resource
import sys
import time
from collections import defaultdict
from itertools import combinations, islice
from pathlib import Path

from attrs import evolve

from tenon_core.customers.duplicates import (
    Context,
    Corpus,
    Party,
    Settings,
    candidate_pairs,
    compare,
    link,
    sweep,
)

SHARED = Path(os.environ.get("TENON_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
GOALS = {"febrl": 0.95, "hospital": 0.85, "agency": 0.85}
ADDRESS = ("street_number", "address_1", "address_2", "suburb", "state")
Pairs = set[tuple[str, str]]


def rows(name: str) -> list[dict[str, str]]:
    with (SHARED / "duplicates" / name).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        return [{k.strip(): (v or "").strip() for k, v in row.items()} for row in reader]


def febrl() -> tuple[list[Party], Pairs]:
    parties = [
        Party(
            id=row["rec_id"],
            name=f"{row['given_name']} {row['surname']}".strip(),
            tax_number=row["soc_sec_id"],
            addresses=(" ".join(row[column] for column in ADDRESS),),
            attributes={"birth_date": row["date_of_birth"], "postcode": row["postcode"]},
        )
        for row in rows("febrl/dataset3.csv")
    ]
    groups: dict[str, list[str]] = defaultdict(list)
    for party in parties:
        groups[party.id.split("-")[1]].append(party.id)
    return parties, {p for g in groups.values() for p in combinations(sorted(g), 2)}


def titles(name: str) -> tuple[list[Party], list[Party], Pairs]:
    left = [Party(id=row["id"], name=row["title"]) for row in rows(f"{name}/left.csv")]
    right = [Party(id=row["id"], name=row["title"]) for row in rows(f"{name}/right.csv")]
    return left, right, {(row["id_l"], row["id_r"]) for row in rows(f"{name}/gt.csv")}


def quality(found: Pairs, truth: Pairs) -> tuple[float, float, float]:
    hits = len(found & truth)
    precision, recall = hits / max(len(found), 1), hits / len(truth)
    return precision, recall, 2 * hits / (len(found) + len(truth))


def report(name: str, found: Pairs, truth: Pairs, note: str) -> None:
    precision, recall, f1 = quality(found, truth)
    verdict = "reached" if f1 >= GOALS[name] else "missed"
    print(
        f"{name:9} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}  "
        f"(goal {GOALS[name]:.2f} {verdict})  {note}"
    )


def run_febrl(settings: Settings) -> None:
    parties, truth = febrl()
    start = time.perf_counter()
    found = {(min(m.left, m.right), max(m.left, m.right)) for m in sweep(parties, settings)}
    seconds = time.perf_counter() - start
    ids = [p.id for p in parties]
    pairs = {
        (min(ids[a], ids[b]), max(ids[a], ids[b]))
        for a, b, _ordinary in candidate_pairs(parties, settings)
    }
    reach = len(pairs & truth) / len(truth)
    report("febrl", found, truth, f"{len(pairs)} pairs, blocking {reach:.4f}, {seconds:.1f} s")


def run_titles(name: str, settings: Settings) -> None:
    left, right, truth = titles(name)
    start = time.perf_counter()
    found = {(m.left, m.right) for m in link(left, right, settings)}
    seconds = time.perf_counter() - start
    partners = {one for one, _other in truth}
    rest = [p for p in left if p.id not in partners]
    false = sum(1 for _ in link(rest, right, settings)) / len(right)
    note = f"false links without partner {false:.3f}, {seconds:.1f} s"
    report(name, found, truth, note)
    print(f"{'':9} {misses(left, right, truth, settings)}")


def misses(left: list[Party], right: list[Party], truth: Pairs, settings: Settings) -> str:
    best = {m.right: m for m in link(left, right, evolve(settings, review=0.0))}
    context = Context(settings, Corpus.of([*left, *right]))
    lefts, rights = {p.id: p for p in left}, {p.id: p for p in right}
    counts = {"no evidence in the names": 0, "a rival looks better": 0, "below the threshold": 0}
    for one, other in truth:
        match = best.get(other)
        evidence = compare(lefts[one], rights[other], context).reasons
        if match and match.left == one:
            counts["below the threshold"] += match.score < settings.review
        elif sum(reason.weight for reason in evidence) <= 0:
            counts["no evidence in the names"] += 1
        else:
            counts["a rival looks better"] += 1
    return f"missed of {len(truth)}: " + ", ".join(f"{n} {why}" for why, n in counts.items())


def run_scale(size: int, settings: Settings) -> None:
    path = SHARED / "companies_cn" / "names.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig") as file:
        names = [line.strip() for line in islice(file, 2, None) if line.strip()]
    random.Random(7).shuffle(names)
    parties = [Party(id=str(at), name=name) for at, name in enumerate(names[:size])]
    before = peak_megabytes()
    start = time.perf_counter()
    pairs = sum(1 for _ in candidate_pairs(parties, settings))
    blocked = time.perf_counter()
    matches = sum(1 for _ in sweep(parties, settings))
    swept = time.perf_counter()
    print(
        f"{len(parties)} companies: {pairs} candidate pairs in {blocked - start:.1f} s, sweep "
        f"{swept - blocked:.1f} s, {matches} matches, memory {before:.0f} -> "
        f"{peak_megabytes():.0f} MB"
    )


def peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=0, help="company names to sweep")
    scale = parser.parse_args().scale
    settings = Settings()
    run_febrl(settings)
    for name in ("hospital", "agency"):
        run_titles(name, settings)
    if scale:
        run_scale(scale, settings)


if __name__ == "__main__":
    main()
