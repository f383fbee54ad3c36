"""Pages and themes of other packages: the guide's package as it stands there, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commune_coverage.core.errors import PlugInError
from commune_coverage.core.plug_ins import PAGES, THEMES, plug_in_versions
from commune_coverage.site.build import write_site
from tests.howto.guide import FOLDER, files_of, install
from tests.site.invented import HOSTILE_NAME, commune_grid, make_report
from tests.site.pages import Page, page_files, taken

GUIDE = "add_a_page.md"
THEME = """
from pathlib import Path

from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.themes.classification import GAP_BREAKS_SHARE, MapLayer
from commune_coverage.site.themes.theme import Row, Theme

RAMP = ("#ffffff", "#dddddd", "#999999", "#555555", "#000000")


def fuel(thresholds):
    layer = MapLayer("fuel_gap_share", Saying("fuel_layer"), "share", RAMP, GAP_BREAKS_SHARE, themes=("fuel",))
    rows = (Row(Saying("fuel_layer"), "fuel_gap_share", "share", "fuel_gap_people"),)
    return Theme("fuel", Saying("fuel_gap"), Saying("fuel_about"), (layer,), rows, RAMP, Path(__file__).parent)
"""
THEME_WORDS = """
tab_fuel = "Fuel"
fuel_title = "Fuel"
fuel_layer = "Far from fuel"
fuel_gap = "people far from fuel"
fuel_about = "More than 10 km by road"
column_fuel_people = "Far from fuel"
"""


@pytest.fixture
def guide() -> Iterator[dict[str, str]]:
    """The files of the guide's package by their names."""
    yield files_of(GUIDE)
    for name in [name for name in sys.modules if name.startswith("province_pages")]:
        del sys.modules[name]


def test_the_guides_page_is_drawn(guide: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "package", guide, monkeypatch)
    site = write_site(commune_grid(), make_report(), tmp_path / "site").parent
    page = Page(site / "provinces.html")
    assert "People without fast internet in" in page.text
    assert "Province 1" in page.text
    assert [
        address for address in page.addresses if not address.startswith("#") and not (site / address).is_file()
    ] == []
    assert f"{page_files(site).name}/assets/page/provinces.js" in page.addresses
    assert taken(site, "words-en")["tab_provinces"] == "Provinces"
    assert "provinces.html" in Page(site / "index.html").addresses


def test_its_values_are_escaped_and_its_policy_is_the_packages(
    guide: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "package", guide, monkeypatch)
    site = write_site(commune_grid(), make_report(), tmp_path / "site").parent
    page, own = Page(site / "provinces.html"), Page(site / "run.html")
    assert HOSTILE_NAME.replace("\u2028", "") in page.text.replace("\u2028", "")
    assert [attrs for tag, attrs in page.tags if tag == "img" or "onerror" in attrs] == []
    policies = [[attrs["content"] for _, attrs in one.tags if attrs.get("http-equiv")] for one in (page, own)]
    assert policies[0] == policies[1] != []


def test_a_language_without_its_words_gets_the_english_ones(
    guide: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "package", guide | {"province_pages/words/km.toml": 'tab_provinces = "ខេត្ត"\n'}, monkeypatch)
    site = write_site(commune_grid(), make_report(), tmp_path / "site").parent
    khmer = taken(site, "words-km")
    assert khmer["tab_provinces"] == "ខេត្ត"
    assert khmer["provinces_about"] == "People without fast internet in {count} provinces"


def test_the_package_with_its_files_is_part_of_a_run(
    guide: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "commune_coverage.pages.provinces"
    install(tmp_path, guide, monkeypatch)
    before = plug_in_versions()
    assert before[key].startswith("province-pages 1.0 ")
    for name in guide.keys() - {"pyproject.toml"}:
        (tmp_path / name).write_text(guide[name] + "\n", encoding="utf-8")
        assert plug_in_versions()[key] != before[key], name
        (tmp_path / name).write_text(guide[name], encoding="utf-8")
    assert plug_in_versions() == before


TEMPLATE = "province_pages/templates/provinces.html.j2"
MODULE, WORDS = "province_pages/__init__.py", "province_pages/words/en.toml"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (TEMPLATE, '{% extends "page.html.j2" %}', "", "'provinces' does not extend page.html.j2"),
        (MODULE, '"provinces",\n', '"internet",\n', "two pages are called 'internet'"),
        (MODULE, 'section="overview"', 'section="else"', "'provinces' is in the section 'else'; there are: "),
        (MODULE, "from pathlib", "import absent_package\nfrom pathlib", "cannot be imported"),
        (MODULE, "    folder=Path(__file__).parent,\n", "", "no SitePage with a folder"),
        (WORDS, "tab_provinces =", "tab_internet =", "'tab_internet' in .* is the key of another text"),
        ("pyproject.toml", ":PAGE", ":ABSENT", "cannot be imported"),
    ],
)
def test_pages_that_cannot_be_used_are_one_clear_error(
    guide: dict[str, str], name: str, old: str, new: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old in guide[name]
    install(tmp_path / "package", guide | {name: guide[name].replace(old, new)}, monkeypatch)
    with pytest.raises(PlugInError, match=message):
        write_site(commune_grid(), make_report(), tmp_path / "site")


def test_its_scripts_take_no_others_place(
    guide: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "package", guide | {"province_pages/static/map.js": ""}, monkeypatch)
    with pytest.raises(PlugInError, match=r"two files of the pages are called 'map\.js'"):
        write_site(commune_grid(), make_report(), tmp_path / "site")


def test_a_theme_of_another_package_has_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = (
        '[project]\nname = "fuel"\nversion = "2"\nentry-points."commune_coverage.themes".fuel = "fuel_theme:fuel"\n'
    )
    files = {"pyproject.toml": project, "fuel_theme/__init__.py": THEME, "fuel_theme/words/en.toml": THEME_WORDS}
    install(tmp_path / "package", files, monkeypatch)
    table, report = commune_grid(), make_report()
    table["fuel_gap_share"], table["fuel_evidence"] = table["payment_gap_share"], "modelled"
    table["fuel_gap_people"] = table["payment_gap_people"]
    report["national"] |= {"fuel_gap_people": 9120.0, "fuel_gap_share": 0.4756}
    site = write_site(table, report, tmp_path / "site").parent
    page = Page(site / "fuel.html")
    assert "people far from fuel" in page.text
    assert "9,120" in page.text
    assert "fuel_gap_share" in taken(site, "gaps")["columns"]
    assert set(taken(site, "gaps")["evidence"]) == {"internet", "delivery", "payment", "fuel"}
    assert "fuel.html" in Page(site / "index.html").addresses
    del sys.modules["fuel_theme"]


def test_groups_are_those_of_the_guide() -> None:
    text = (FOLDER / GUIDE).read_text(encoding="utf-8")
    assert [group for group in (PAGES, THEMES) if group not in text] == []
