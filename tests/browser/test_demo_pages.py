"""The pages of a whole run on the invented country, opened from disk with networking off."""

from __future__ import annotations

import csv
import random
import re
from datetime import date
from pathlib import Path

import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page, expect

from coverage.exports import read_csv
from coverage.maps.numbers import people_text, share_text
from coverage.publishing.briefs import write_shown
from coverage.synthetic.invented import write_country
from coverage.walk import walk
from tests.browser.conftest import DESK, PAGES, PHONE, offline_pages

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SETTLE_MS = 100  # anything that a page asks for late would be asked by then
CHOSEN = 50
LEGEND_PX, GAP_PX = 290, 12  # of a saved picture
THEMES = ("internet", "delivery", "payment")
Rows = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    country = write_country(folder / "raw", "default", 7)
    walk(country, folder / "data", folder / "maps", date(2026, 1, 31), "serial", lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    return folder / "maps" / "latest"


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    """Fifty communes of the run's own table, chosen at random."""
    table = read_csv(folder / "data" / "latest" / "commune_gaps.csv")
    return {row["commune_code"]: row for row in random.Random(8).sample(table, CHOSEN)}  # noqa: S311


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("km", PHONE)])
def test_every_page_opens_offline_without_error_or_request(
    site: Path, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{site.as_uri()}/index.html#lang={language}", size)
        for name in PAGES:
            page.goto(f"{(site / name).as_uri()}.html#lang={language}")
            assert page.title() != ""
            if name not in ("index", "commune", "sites", "compare", "run"):
                page.locator("path.leaflet-interactive").nth(149).wait_for(state="attached")
            page.wait_for_timeout(SETTLE_MS)
    assert troubles == []


def told(row: dict[str, str], theme: str) -> tuple[str, str] | None:
    """People and share of a gap as they should be told, None where there is no figure."""
    people, share = row[f"{theme}_gap_people"], row[f"{theme}_gap_share"]
    if not share or row[f"{theme}_evidence"] == "data-poor":
        return None
    return people_text(float(people)), share_text(float(share))


def test_map_table_and_commune_page_tell_the_tables_figures(site: Path, browser: Browser, rows: Rows) -> None:
    with offline_pages(browser, []) as make:
        for theme in THEMES:
            page = make(f"{site.as_uri()}/{theme}.html#lang=en", DESK)
            _show_all(page)
            for code, row in rows.items():
                expected = told(row, theme)
                at = f"coverage.detail.layerText(coverage.communes.byCode.get('{code}'), coverage.page.view.layers[0])"
                cells = page.locator(f"tr[data-row='{code}'] td.number").all_inner_texts()[1:]
                if expected:
                    assert page.evaluate(at).startswith(expected[0]), code
                    assert page.evaluate(at).endswith(f"({expected[1]})"), code
                    assert [cells[0], cells[1].split("\n")[0]] == list(expected), code
                else:
                    assert cells[1] == "–", code


def _show_all(page: Page) -> None:
    more = page.locator("#ranking .more")
    while more.is_visible():
        more.click()


def test_the_commune_page_tells_the_tables_figures(site: Path, browser: Browser, rows: Rows) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{site.as_uri()}/commune.html#lang=en", DESK)
        for code, row in rows.items():
            page.evaluate(f"location.hash = '#{code}&lang=en'")
            page.get_by_text(f"Code {code}", exact=False).wait_for()
            for theme in THEMES:
                card, expected = page.locator(f"#{theme}"), told(row, theme)
                if expected:
                    assert card.locator(".figure strong").inner_text() == expected[0], code
                    assert card.locator(".share").inner_text().startswith(f"{expected[1]} of "), code


def test_the_downloaded_table_holds_the_tables_figures(
    site: Path, browser: Browser, rows: Rows, tmp_path: Path
) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{site.as_uri()}/index.html#lang=en", DESK)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download table (CSV)").click()
        download.value.save_as(tmp_path / "saved.csv")
    with (tmp_path / "saved.csv").open(encoding="utf-8-sig", newline="") as stream:
        saved = {row["commune_code"]: row for row in csv.DictReader(stream)}
    assert len(saved) == 151
    for code, row in rows.items():
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
    site: Path, browser: Browser, tmp_path: Path, address: str, fills: list[str]
) -> None:
    """Twice the size of the map and its legend, and the map's own colours beside the legend."""
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{site.as_uri()}/{address}", DESK)
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
def test_the_downloaded_points_are_those_of_the_filter(site: Path, browser: Browser, tmp_path: Path, kind: str) -> None:
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{site.as_uri()}/sites.html#lang=en", DESK)
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
    folder: Path, rows: Rows, tmp_path: Path, provinces: list[str]
) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    assert write_shown(folder / "data", tmp_path, ["en"], provinces) == (len(provinces) or 6)
    text = ""
    for path in tmp_path.glob("*-en.pdf"):
        document = pdfium.PdfDocument(path)
        text += "".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
        document.close()
    plain = re.sub(r"\s+", " ", text)
    for code, row in rows.items():
        if provinces and row["province_code"] not in provinces:
            continue
        figures = [told(row, theme) for theme in THEMES]
        start = plain.index(f"· {code} ")
        around = plain[max(start - 200, 0) : start + 120]
        for expected in filter(None, figures):
            assert expected[0] in around, code
            assert expected[1] in around, code


def test_searching_for_a_place_brings_the_map_and_the_table_to_it(site: Path, browser: Browser) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{site.as_uri()}/internet.html#lang=en", PHONE)
        name = page.evaluate("coverage.name(coverage.communes.places[0].names)")
        page.locator("#search").fill(name.upper().replace("Ü", "u"))
        page.locator("#search-results [role=option]").first.click()
        expect(page.locator("#ranking .count")).not_to_contain_text("of 151")
        assert "place=province" in page.url
