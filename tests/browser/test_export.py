"""What the export menu of a map page hands out: the run's own figures, files, addresses and a citation."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Browser, Page

from commune_coverage.site.i18n.numbers import people_text
from tests.browser.conftest import DESK, Rows, offline_pages, told

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def menu(demo_site: Path, browser: Browser) -> Iterator[Page]:
    """A map page whose menu was opened by keyboard."""
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{demo_site.as_uri()}/delivery.html#lang=en", DESK)
        page.locator("#export summary").focus()
        page.keyboard.press("Enter")
        yield page
    assert troubles == []


def saved(page: Page, button: str, target: Path) -> Path:
    with page.expect_download() as download:
        page.locator(button).click()
    download.value.save_as(target)
    return target


def rows_of(source: Path) -> list[dict[str, str]]:
    with source.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_tables_hold_all_communes_or_the_first_ten_as_they_stand(menu: Page, demo_rows: Rows, tmp_path: Path) -> None:
    everything = {row["commune_code"]: row for row in rows_of(saved(menu, "#export-all", tmp_path / "all.csv"))}
    assert len(everything) == 151
    for code, row in demo_rows.items():
        if expected := told(row, "delivery"):
            assert people_text(float(everything[code]["delivery_gap_people"])) == expected[0]
    first = menu.locator("#ranking tbody tr").evaluate_all("rows => rows.map(row => row.dataset.row)")[:10]
    assert [row["commune_code"] for row in rows_of(saved(menu, "#export-top", tmp_path / "top.csv"))] == first


def test_shapes_open_elsewhere_with_codes_as_text_and_the_same_figures(
    menu: Page, demo_rows: Rows, tmp_path: Path
) -> None:
    shapes = gpd.read_file(saved(menu, "#export-geojson", tmp_path / "map.geojson")).set_index("commune_code")
    assert len(shapes) == 151
    assert shapes.index.map(type).unique().tolist() == [str]
    assert shapes.geometry.is_valid.mean() > 0.95  # simplified for display
    for code, row in demo_rows.items():
        assert shapes.loc[code].geometry.contains(shapes.loc[code].geometry.representative_point())
        if expected := told(row, "delivery"):
            assert people_text(shapes.loc[code, "delivery_gap_people"]) == expected[0]
    assert shapes["synthetic_layers"].str.contains("towers").all()


def test_files_are_those_of_the_run(menu: Page, demo: Path, demo_site: Path) -> None:
    links = menu.locator("#export a[download]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert {Path(link).name for link in links} >= {"commune_gaps.csv", "commune_gaps.gpkg", "commune_gaps.parquet"}
    for link in links:
        file = demo_site / link
        assert file.read_bytes() == (demo / "data" / "latest" / file.name).read_bytes()


def test_a_citation_names_country_day_and_update_and_escape_closes(menu: Page) -> None:
    menu.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    menu.locator("#export-cite").click()
    told_text = menu.locator("#export [role=status]").inner_text()
    assert menu.evaluate("coverage.page.run") in told_text
    assert "Invented Country" in told_text
    assert menu.locator("#export-embed").is_hidden()  # of a page from a disk there is no address that others have
    menu.keyboard.press("Escape")
    assert menu.locator("#export-cite").is_hidden()
    assert menu.evaluate("document.activeElement.tagName") == "SUMMARY"
