"""Where the fonts of papers come from, and what is said when there are none."""

import shutil

import pytest
from attrs import evolve

import tenon_fonts_sc
from tenon_core.entities import Product
from tenon_core.papers import fonts
from tenon_core.papers.errors import PaperError
from tenon_core.papers.typesetting import Typesetter
from tenon_core.settings import CoreSettings
from tenon_core.settings.papers import Letterhead, PaperSettings
from tenon_sdk.papers import PaperSize


def test_those_of_the_wheel_are_taken_before_those_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "_of_machine", lambda: pytest.fail("the machine was asked"))
    found = fonts.load_fonts(PaperSettings(), tmp_path)
    assert found.families == ("Inter", "Noto Sans SC")


def test_without_the_wheel_those_of_the_machine_are_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "WHEEL", "tenon_no_fonts")
    monkeypatch.setattr(fonts, "_of_machine", lambda: fonts._of_folder(tenon_fonts_sc.folder()))
    assert fonts.load_fonts(PaperSettings(), tmp_path).families[-1] == "Noto Sans SC"


def test_without_any_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "WHEEL", "tenon_no_fonts")
    monkeypatch.setattr(fonts, "_of_machine", lambda: fonts._of_folder(tmp_path))
    with pytest.raises(PaperError, match="install tenon-fonts-sc, or name a folder"):
        fonts.load_fonts(PaperSettings(), tmp_path)


def test_a_site_names_fonts_of_its_own(tmp_path):
    (tmp_path / "fonts").mkdir()
    shutil.copy(tenon_fonts_sc.folder() / "NotoSansSC-Regular.ttf", tmp_path / "fonts")
    settings = PaperSettings(fonts="fonts")
    assert fonts.load_fonts(settings, tmp_path).families == ("Noto Sans SC",)
    wanted = evolve(settings, families=("Inter", "Noto Sans SC"))
    with pytest.raises(PaperError, match="has no font Inter; it has: Noto Sans SC"):
        fonts.load_fonts(wanted, tmp_path)


def test_a_folder_without_fonts_is_told(tmp_path):
    with pytest.raises(PaperError, match=r"/nowhere has no font Noto Sans SC.*it has: –"):
        fonts.load_fonts(PaperSettings(fonts="nowhere"), tmp_path)


@pytest.fixture
def configured(tenon, prints, monkeypatch):
    """Gives the site other settings of papers."""
    from tenon_core.papers import typesetting

    def configure(**changes):
        core = tenon.site.settings_of(CoreSettings)
        changed = evolve(core, papers=evolve(core.papers, **changes))
        monkeypatch.setitem(tenon.site._settings, CoreSettings, changed)
        monkeypatch.setitem(typesetting._sites, tenon.site, Typesetter(tenon.site))

    return configure


def test_a_letterhead_speaks_the_language_of_the_paper(tenon, prints, configured):
    english = Letterhead(name="Ferrum Pump Co., Ltd.", lines=("Suzhou", "+86 512"), footer="VAT 1")
    configured(english=english, size=PaperSize.LETTER)
    product = tenon.make(Product)
    sheets = prints(product)
    assert sheets.size == (612, 792)
    for told in ("Ferrum Pump Co., Ltd.", "Suzhou", "+86 512", "VAT 1"):
        assert told in sheets.text
        assert told in prints(product, locale="zh_CN").text
    configured(chinese=Letterhead(name="富锐泵业有限公司"))
    assert "富锐泵业" in prints(product, locale="zh_CN").text
    assert "富锐泵业" not in prints(product).text


def test_a_logo_stands_for_the_name(tenon, prints, configured):
    folder = tenon.site.config.folder
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 10'><path d='M0 0h30v10z'/></svg>"
    )
    (folder / "logo.svg").write_text(svg)
    configured(logo="logo.svg", english=Letterhead(name="Ferrum"))
    product = tenon.make(Product)
    assert "Ferrum" not in prints(product).text
    with pytest.raises(PaperError, match=r"logo .*none\.svg is no PNG"):
        configured(logo="none.svg")
    (folder / "logo.txt").write_text("x")
    with pytest.raises(PaperError, match="is no PNG"):
        configured(logo="logo.txt")


def test_a_colour_is_a_colour():
    with pytest.raises(ValueError, match="#rrggbb"):
        PaperSettings(colour="red; } #panic()")
