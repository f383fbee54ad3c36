"""What a run's pages save, and its briefs: the same figures as its own table."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Browser

from commune_coverage.publish.briefs import write_shown
from commune_coverage.site.i18n.numbers import people_text, share_text
from tests.browser.conftest import DESK, Rows, offline_pages, told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

THEMES = ("internet", "delivery", "payment")
LEGEND_PX, GAP_PX = 290, 12  # of a saved picture


def test_the_downloaded_table_holds_the_tables_figures(
    demo_site: Path, browser: Browser, demo_rows: Rows, tmp_path: Path
) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{demo_site.as_uri()}/index.html#lang=en", DESK)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download table (CSV)").click()
        download.value.save_as(tmp_path / "saved.csv")
    with (tmp_path / "saved.csv").open(encoding="utf-8-sig", newline="") as stream:
        saved = {row["commune_code"]: row for row in csv.DictReader(stream)}
    assert len(saved) == 151
    for code, row in demo_rows.items():
        assert saved[code]["synthetic_layers"].split() == row["synthetic_layers"].split(", ")
        for theme in THEMES:
            people, share = saved[code][f"{theme}_gap_people"], saved[code][f"{theme}_gap_share"]
            if expected := told(row, theme):
                assert (people_text(float(people)), share_text(float(share))) == expected


@pytest.mark.parametrize(
    ("address", "fills"),
    [
        ("delivery.html#lang=km&picture=minutes_dry", ["#feedde", "#a63603"]),
        ("sites.html#lang=en", ["#08519c", "#a63603"]),
        ("compare.html#lang=en", ["#f2f0f7", "#54278f"]),
    ],
)
def test_the_picture_of_the_map_can_be_saved(
    demo_site: Path, browser: Browser, tmp_path: Path, address: str, fills: list[str]
) -> None:
    """Twice the size of the map and its legend, and the map's own colours beside the legend."""
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{demo_site.as_uri()}/{address}", DESK)
        if "picture" in address:
            page.locator("canvas.picture").first.wait_for(state="attached")
        widths = page.evaluate("[...document.querySelectorAll('.folium-map')].map(map => map.offsetWidth)")
        with page.expect_download() as download:
            page.locator("#png").click()
        download.value.save_as(tmp_path / "map.png")
    assert troubles == []
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.width == 2 * (LEGEND_PX + sum(widths) + GAP_PX * (len(widths) - 1))
        for number, width in enumerate(widths):
            left = 2 * (LEGEND_PX + number * (width + GAP_PX))
            beside = picture.convert("RGB").crop((left, 0, left + 2 * width, picture.height))
            counts = {color: count for count, color in beside.getcolors(beside.width * beside.height)}
            for fill in fills:
                assert counts.get(ImageColor.getrgb(fill), 0) > 500, (number, fill)


@pytest.mark.parametrize("kind", ["sites", "hubs"])
def test_the_downloaded_points_are_those_of_the_filter(
    demo_site: Path, browser: Browser, tmp_path: Path, kind: str
) -> None:
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{demo_site.as_uri()}/sites.html#lang=en", DESK)
        page.locator(f"[name=kind][value={kind}]").check(force=True)
        page.locator("#points-filter").fill("zl")
        codes = set(page.evaluate("coverage.communes.records.map(record => record.code)"))
        shown = int(page.locator("#points-count").inner_text().split(" of ")[1].replace(",", ""))
        told = page.locator("#points-table tbody tr td.number").first.inner_text()
        with page.expect_download() as download:
            page.locator("#points-csv").click()
        download.value.save_as(tmp_path / "points.csv")
    assert troubles == []
    with (tmp_path / "points.csv").open(encoding="utf-8-sig", newline="") as stream:
        saved = list(csv.DictReader(stream))
    assert len(saved) == shown > 10
    assert people_text(float(saved[0]["served_people"])) == told
    assert {row["status"] for row in saved} == {"invented"}
    assert all({row["commune_code"]} <= codes | {""} for row in saved)


@pytest.mark.parametrize("provinces", [["02"], pytest.param([], marks=pytest.mark.long)], ids=["one", "all"])
def test_briefs_tell_the_tables_figures_in_text_that_can_be_read(
    demo: Path, demo_rows: Rows, tmp_path: Path, provinces: list[str]
) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    assert write_shown(demo / "data", tmp_path, ["en"], provinces) == (len(provinces) or 6)
    text = ""
    for path in tmp_path.glob("*-en.pdf"):
        document = pdfium.PdfDocument(path)
        text += "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
        document.close()
    plain = re.sub(r"\s+", " ", text)
    for code, row in demo_rows.items():
        if provinces and row["province_code"] not in provinces:
            continue
        figures = [told(row, theme) for theme in THEMES]
        start = plain.index(f"· {code} ")
        around = plain[max(start - 200, 0) : start + 120]
        for expected in filter(None, figures):
            assert expected[0] in around, code
            assert expected[1] in around, code
