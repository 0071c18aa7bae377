"""Every set of plugins starts, migrates and serves; what is off is not even imported."""

import itertools
import json
import sys

import pytest

from tenon_sdk.testing.environments import run

KEYS = ("paint", "press")
SETS = [s for n in range(len(KEYS) + 1) for s in itertools.combinations(KEYS, n)]

# A process of its own for each set: what was imported once cannot be taken back.
SCRIPT = """
import json, sys
from pathlib import Path
from tenon_sdk.testing.checkout import develop
folder, url, *rest = sys.argv[1:]
packages, keys = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
develop(*map(Path, packages))
from tenon_sdk.testing.backend import find_backend
from tenon_sdk.testing.clock import Clock
from tenon_sdk.testing.harness import Tenon
from tenon_sdk.testing.sites import write_site
backend = find_backend()
site = write_site(backend, Path(folder), url)
backend.prepare(site, keys)
tenon = Tenon(backend, site, backend.order(keys), Clock(), "any")
client = tenon.client("administrator")
entities = [c.__tenon__ for _k, c in backend.contributions(keys)["entities"]]
paths = {i.name: f"/api/v1/{i.name.replace('.', '/')}" for i in entities if not i.internal}
answers = {name: client.get(path).status_code for name, path in paths.items()}
imported = sorted(m for m in sys.modules if m in ("tenon_paint.hooks", "tenon_press.hooks",
                                                  "tenon_press.with_paint"))
with backend.life(site) as life:
    tables = {key: life.tables(key) for key in ("paint", "press")}
    wrong = [d for key in keys for d in life.differences(key)]
tenon.close()
print(json.dumps({"answers": answers, "imported": imported, "tables": tables, "wrong": wrong}))
"""


@pytest.mark.parametrize("keys", SETS, ids=lambda keys: "+".join(keys) or "none")
def test_a_set_of_plugins(keys, database, tenon_databases, fixture_plugins, tmp_path):
    assert tuple(fixture_plugins) == KEYS
    packages = fixture_plugins.values()
    with tenon_databases.empty(database) as url:
        result = run(sys.executable, "-c", SCRIPT, tmp_path / "site", url, *packages, "--", *keys)
    told = json.loads(result.stdout.splitlines()[-1])
    assert set(told["answers"].values()) == {200}, told["answers"]
    served = {name.partition(".")[0] for name in told["answers"]}
    assert served == {"core", *keys}
    assert ("press.coat" in told["answers"]) == (set(keys) == {"paint", "press"})
    assert {key for key, tables in told["tables"].items() if tables} == set(keys)
    assert told["wrong"] == []
    glue = ["tenon_press.with_paint"] if len(keys) == 2 else []
    assert told["imported"] == [*(f"tenon_{key}.hooks" for key in keys), *glue]
