import importlib.util
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import tenon_fonts_sc

PACKAGE = Path(__file__).resolve().parent.parent
CHINESE = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
LATIN = ("Inter-Regular.ttf", "Inter-Bold.ttf")


@pytest.fixture(scope="module")
def hook():
    """The build hook as a module: it is a file beside the package."""
    spec = importlib.util.spec_from_file_location("fonts_hook", PACKAGE / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn(name):
    with TTFont(tenon_fonts_sc.folder() / name) as font:
        return {chr(point) for point in font.getBestCmap()}


def gb_2312():
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF if row != 0xD7 else 0xFA):
            yield bytes((row, cell)).decode("gb2312")


def test_the_fonts_are_fetched_and_current(hook):
    assert hook.is_current(PACKAGE)
    assert {name for name in hook.FILES if name.endswith(".ttf")} == set(tenon_fonts_sc.FILES)
    assert set(tenon_fonts_sc.FILES) == {*CHINESE, *LATIN}


@pytest.mark.parametrize("name", CHINESE)
def test_all_of_gb_2312_and_rare_and_traditional_characters_can_be_drawn(name):
    characters = set(gb_2312())
    assert len(characters) == 6763
    assert characters | set("堃喆镕玥赟國電臺灣「」，。；：（）《》￥") <= drawn(name)


@pytest.mark.parametrize("name", LATIN)
def test_what_europe_writes_can_be_drawn(name):
    assert set("ÄÖÜäöüßéèêñçøåłşğčžőűțæœ€£¥αβγωДжяµ°²³±×–—“”„’…№") <= drawn(name)


def test_a_change_of_the_lock_file_fetches_anew(hook, tmp_path):
    for name in ("package-lock.json", "hatch_build.py"):
        (tmp_path / name).write_bytes((PACKAGE / name).read_bytes())
    assert not hook.is_current(tmp_path)
    hook.files_of(tmp_path).mkdir(parents=True)
    for name in hook.FILES:
        (hook.files_of(tmp_path) / name).touch()
    (tmp_path / hook.STAMP).write_text(hook.digest_of(tmp_path))
    assert hook.is_current(tmp_path)
    (tmp_path / "package-lock.json").write_text("{}")
    assert not hook.is_current(tmp_path)
