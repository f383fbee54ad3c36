"""The written site as files: whole, light, reproducible, safe, and without any address on a network."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely

from commune_coverage.config.country import Maps
from commune_coverage.core.errors import CoverageError
from commune_coverage.site.build import write_site
from commune_coverage.site.geometry.base_map import BaseMap
from commune_coverage.site.pages import assets as page_assets
from tests.site.invented import (
    HOSTILE_NAME,
    THRESHOLDS,
    beside_of,
    commune_grid,
    make_report,
    tower_source,
    without_payments,
)
from tests.site.pages import Page, figures_of, page_files, taken

MAPS = ("internet", "delivery", "payment", "priority", "confidence", "changes", "compare")
PAGES = ("index.html", "commune.html", "run.html", *(f"{name}.html" for name in MAPS))
PAGE_BYTES, PACKED_BYTES = 3_000_000, 1_000_000


def test_index_is_returned_and_every_page_is_there(tmp_path: Path) -> None:
    index = write_site(commune_grid(), make_report(), tmp_path / "new" / "folder")
    assert index == tmp_path / "new" / "folder" / "index.html"
    assert sorted(path.name for path in index.parent.iterdir()) == sorted(
        [make_report()["run_id"], "update.json", *PAGES]
    )
    assert sorted(path.name for path in page_files(index.parent).iterdir()) == sorted(
        ["assets", "data", *(f"{name}.map.js" for name in MAPS)]
    )


def test_the_same_inputs_give_the_same_bytes(site: Path, tmp_path: Path) -> None:
    write_site(commune_grid(), make_report(), tmp_path)
    first, second = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.*")} for f in (site, tmp_path))
    assert first == second


@pytest.mark.parametrize("name", PAGES)
def test_every_page_brings_all_communes(site: Path, name: str) -> None:
    assert f"{page_files(site).name}/data/communes.js" in Page(site / name).addresses
    assert taken(site, "communes")["codes"] == list(commune_grid()["commune_code"])


def test_pages_of_a_national_run_stay_light(tmp_path: Path) -> None:
    """With everything that a page loads at once: scripts, styles, fonts and data."""
    national = commune_grid(33, 50)
    national["geometry"] = shapely.segmentize(national.geometry.array, 0.1 / 20)
    write_site(national, make_report(), tmp_path)
    for name in PAGES:
        files = [
            tmp_path / name,
            *(tmp_path / address for address in Page(tmp_path / name).addresses if "#" not in address),
        ]
        loaded = [path.read_bytes() for path in files if path.suffix != ".html" or path.name == name]
        loaded += [path.read_bytes() for path in (page_files(tmp_path) / "assets/fonts").glob("*.woff2")]
        assert sum(map(len, loaded)) < PAGE_BYTES, name
        assert sum(len(zlib.compress(each)) for each in loaded) < PACKED_BYTES, name


@pytest.mark.parametrize("name", PAGES)
def test_pages_name_only_files_beside_them(site: Path, name: str) -> None:
    addresses = [address for address in Page(site / name).addresses if not address.startswith("#")]
    assert addresses
    assert [address for address in addresses if not (site / address).is_file()] == []


def test_styles_name_only_files_beside_them(site: Path) -> None:
    for style in site.rglob("*.css"):
        named = re.findall(r"url\([\"']?([^\"')]+)", style.read_text(encoding="utf-8"))
        assert [name for name in named if not name.startswith("#") and not (style.parent / name).is_file()] == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_forbid_the_network_and_other_scripts(site: Path, name: str) -> None:
    policies = [attrs["content"] for tag, attrs in Page(site / name).tags if attrs.get("http-equiv")]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "unsafe" not in policies[0]
    assert "http" not in policies[0]
    assert [attrs for tag, attrs in Page(site / name).tags if tag == "script" and "src" not in attrs] == [
        {"type": "application/json", "id": "page-data"}
    ]


@pytest.mark.parametrize("name", PAGES)
def test_hostile_names_stay_text(site: Path, name: str) -> None:
    page = Page(site / name)
    assert "img" not in {tag for tag, _ in page.tags}
    assert [key for _, attrs in page.tags for key in attrs if key.startswith("on")] == []
    assert "\u2028" not in (site / name).read_text(encoding="utf-8") + page.map_script


def test_hostile_names_in_data_files_begin_no_tag(site: Path) -> None:
    for script in (page_files(site) / "data").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not {"<", "\u2028", "\u2029"} & set(text), script.name
    assert taken(site, "communes")["names"][1]["km"] == HOSTILE_NAME


def test_hostile_report_stays_text(tmp_path: Path) -> None:
    report = make_report(
        country={"code": "XXX", "name": {"en": HOSTILE_NAME}, "languages": ["en"]},
        run_id=HOSTILE_NAME,
        unavailable={HOSTILE_NAME: HOSTILE_NAME},
        layers={"towers": tower_source(synthetic=True) | {"licence": HOSTILE_NAME, "title": HOSTILE_NAME}},
        assumptions=[dict.fromkeys(("name", "value", "unit", "source"), HOSTILE_NAME) | {"theme": "people"}],
    )
    write_site(commune_grid(), report, tmp_path)
    for name in PAGES:
        page = Page(tmp_path / name)
        assert "img" not in {tag for tag, _ in page.tags}
        assert page.text.count("window.wasHacked = true") >= 5, name


@pytest.mark.parametrize("name", PAGES)
def test_pages_say_where_their_figures_come_from(site: Path, name: str) -> None:
    text = Page(site / name).text
    for said in (
        "កម្ពុជា",
        "ថ្ងៃទី22 ខែវិច្ឆិកា ឆ្នាំ2026",
        "A publisher <b>",
        "CC BY-SA 4.0",
        "1,234",
        "FCC BDC",
        "20,190",
        "10, 25",
        "60",
    ):
        assert said in text, said
    assert "មិនទាន់មានទិន្នន័យរយៈកម្ពស់ដី" in text


@pytest.mark.parametrize("name", PAGES)
def test_real_observed_data_carry_no_warning(site: Path, name: str) -> None:
    assert "សិប្បនិម្មិត" not in Page(site / name).text


@pytest.mark.parametrize("name", PAGES)
def test_synthetic_layers_are_named_on_the_page(tmp_path: Path, name: str) -> None:
    report = make_report(synthetic_layers=["towers"], layers={"towers": tower_source(synthetic=True)})
    write_site(commune_grid(), report, tmp_path)
    text = Page(tmp_path / name).text
    assert "ទិន្នន័យសិប្បនិម្មិត មិនមែនបានពីការសង្កេតទេ៖ ស្ថានីយអង់តែនទូរសព្ទចល័ត" in text


def test_a_country_with_one_language_has_no_switch(tmp_path: Path) -> None:
    country = {"code": "LUX", "name": {"fr": "Luxembourg"}, "languages": ["fr"]}
    table = commune_grid().rename(columns={"commune_name_km": "commune_name_fr"})
    write_site(table, make_report(country=country), tmp_path)
    page = Page(tmp_path / "index.html")
    assert not [attrs for _, attrs in page.tags if "data-language" in attrs]
    assert "Ranking of communes" in page.text
    assert taken(tmp_path, "communes")["names"][0] == {"en": "Commune 0", "fr": "ឃុំ០"}


def test_a_run_without_figures_or_communes_still_has_pages(tmp_path: Path) -> None:
    table = commune_grid()
    table[table.select_dtypes("number").columns] = math.nan
    empty = {"communes": 0, "people": None}
    write_site(table, make_report(national=empty, people=None, layers={}, assumptions=[]), tmp_path / "none")
    write_site(table.iloc[:0], make_report(national=empty), tmp_path / "empty")
    assert set(figures_of(tmp_path / "none", 0).values()) == {None}
    assert taken(tmp_path / "empty", "communes")["codes"] == []


def test_thresholds_decide_the_layers(tmp_path: Path) -> None:
    thresholds = {**THRESHOLDS, "high_speed_mbps": [2.5], "delivery_bands_min": [15, 45], "payment_walk_min": 45.0}
    write_site(commune_grid(), make_report(thresholds=thresholds), tmp_path)
    pages = {name: Page(tmp_path / f"{name}.html") for name in ("internet", "delivery", "payment")}
    layers = {name: page.data["view"]["layers"] for name, page in pages.items()}
    assert [layer["column"] for layer in layers["internet"]] == [
        "internet_gap_share",
        "covered_4g_share",
        "covered_5g_share",
        "internet_evidence",
    ]
    assert "within_45_min_share" in [layer["column"] for layer in layers["delivery"]]
    assert "payment_walk_45_min_share" in [layer["column"] for layer in layers["payment"]]


def test_the_payment_page_has_its_headline_and_figures(site: Path) -> None:
    page = Page(site / "payment.html")
    assert "9,120 នាក់ គ្មានចំណុចផ្តល់សេវាទូទាត់នៅជិត" in page.text
    assert "ក្នុងចម្ងាយ 2 គីឡូម៉ែត្រ (5 គីឡូម៉ែត្រនៅជនបទ) ឬក្នុងរយៈពេលដើរ 30 នាទី។" in page.text
    assert [layer["column"] for layer in page.data["view"]["layers"]] == [
        "payment_gap_share",
        "payment_gap_wet_share",
        "payment_walk_30_min_share",
        "payment_evidence",
    ]
    figures = figures_of(site, 10)
    assert figures["payment_gap_people"] == 532
    assert (figures["payment_gap_share"], figures["payment_gap_wet_share"]) == (0.5263, 0.7632)
    assert (figures["minutes_walk_to_payment_median"], figures["minutes_walk_to_payment_wet_median"]) == (78.9, 114.5)


def test_delivery_has_both_seasons(site: Path) -> None:
    page = Page(site / "delivery.html")
    assert "រដូវវស្សា៖ 14,700 នាក់ (76 %)" in page.text
    assert {"delivery_gap_wet_share", "delivery_wet_loss_share", "rural_access_share"} <= {
        layer["column"] for layer in page.data["view"]["layers"]
    }
    figures = figures_of(site, 10)
    assert (figures["cost_per_parcel"], figures["cost_per_parcel_wet"]) == (0.926, 1.98)


@pytest.mark.parametrize("name", ["index.html", "payment.html"])
def test_a_country_without_payments_says_so(tmp_path: Path, name: str) -> None:
    write_site(*without_payments(), tmp_path)
    page = Page(tmp_path / name)
    assert page.text.count("មិនទាន់មានទិន្នន័យចំណុចផ្តល់សេវាទូទាត់") == 3
    assert "គ្មានតួលេខ៖ មិនទាន់មានទិន្នន័យចំណុចផ្តល់សេវាទូទាត់" in page.text
    gaps = taken(tmp_path, "gaps")["columns"]
    assert {value for name in gaps if name.startswith("payment") for value in gaps[name]} == {None}


def test_a_table_without_a_themes_columns_still_has_its_page(tmp_path: Path) -> None:
    table = commune_grid()
    old = table.drop(columns=[name for name in table if "payment" in name or "_wet" in name])
    write_site(old, make_report(), tmp_path)
    assert not [name for name in taken(tmp_path, "gaps")["columns"] if "payment" in name]
    assert (tmp_path / "payment.html").is_file()


def test_missing_assets_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match=r"leaflet/LICENSE.*run 'make setup'"):
        page_assets.copy_assets(tmp_path / "site", installed=tmp_path)


def test_a_base_map_is_beside_the_pages_or_its_server_is_let_in(tmp_path: Path) -> None:
    for base, sources in (
        ("tiles/{z}/{x}/{y}.png", "data:"),
        ("https://maps.example/{z}/{x}/{y}.png", "data: https://maps.example"),
    ):
        settings = Maps(base_map=base, base_map_attribution="A maker <b>").model_dump()
        write_site(commune_grid(), make_report(maps=settings), tmp_path)
        page = Page(tmp_path / "internet.html")
        [policy] = [attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv")]
        assert policy.endswith(f"img-src 'self' file: {sources}")
        assert base in page.map_script
        assert "<b>" not in page.map_script


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ("tiles/{z}/{x}.png", "lacks {y}"),
        ("http://maps.example/{z}/{x}/{y}", "https"),
        ("../{z}/{x}/{y}.png", "beside"),
        ("javascript:{z}{x}{y}", "https"),
        ('t/{z}/{x}/{y}".png', "https"),
    ],
)
def test_a_base_map_that_cannot_be_is_refused(base: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Maps(base_map=base, base_map_attribution="A maker")


def test_data_files_that_scripts_load_late_are_written(tmp_path: Path) -> None:
    table = commune_grid()
    road = shapely.LineString([(104.0, 11.0), (104.4, 11.3)])
    features = pd.DataFrame({"layer": ["roads"], "rank": [0], "geometry": [road]})
    base = BaseMap(features, pd.DataFrame({"lon": 104.05, "lat": 11.05, "rank": [3] * len(table)}))
    write_site(table, make_report(), tmp_path, replace(beside_of(table), base=base))
    scripts = "".join(path.read_text(encoding="utf-8") for path in (page_assets.OWN_FOLDER / "js").glob("*.js"))
    loaded = set(re.findall(r"load\(`([^`$]+)\$\{", scripts))
    assert len(loaded) == 6
    assert [start for start in loaded if not list((page_files(tmp_path) / "data").glob(f"{start}*.js"))] == []
