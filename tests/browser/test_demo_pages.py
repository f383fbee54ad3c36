"""The pages of a whole run on the invented country, opened from disk with networking off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Rows, offline_pages, told, troubles_of_every_page
from tests.browser.journey import Hand, Planner, travel

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

THEMES = ("internet", "delivery", "payment")


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("km", PHONE)])
def test_every_page_opens_offline_without_error_or_request(
    demo_site: Path, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    assert troubles_of_every_page(demo_site, browser, language, size, communes=150) == []


def test_map_table_and_commune_page_tell_the_tables_figures(demo_site: Path, browser: Browser, demo_rows: Rows) -> None:
    with offline_pages(browser, []) as make:
        for theme in THEMES:
            page = make(f"{demo_site.as_uri()}/{theme}.html#lang=en", DESK)
            _show_all(page)
            for code, row in demo_rows.items():
                expected = told(row, theme)
                at = f"coverage.detail.layerText(coverage.communes.byCode.get('{code}'), coverage.page.view.layers[0])"
                cells = page.locator(f"tr[data-row='{code}'] td.number").all_inner_texts()[1:]
                if expected:
                    assert page.evaluate(at).startswith(expected[0]), code
                    assert page.evaluate(at).rpartition("(")[2].startswith(f"{expected[1]}, "), code
                    assert [cells[0], cells[1].split("\n")[0]] == list(expected), code
                else:
                    assert cells[1] == "–", code


def _show_all(page: Page) -> None:
    more = page.locator("#ranking .more")
    while more.is_visible():
        more.click()


def test_the_commune_page_tells_the_tables_figures(demo_site: Path, browser: Browser, demo_rows: Rows) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{demo_site.as_uri()}/commune.html#lang=en", DESK)
        for code, row in demo_rows.items():
            page.evaluate(f"location.hash = '#{code}&lang=en'")
            page.get_by_text(f"Code {code}", exact=False).wait_for()
            for theme in THEMES:
                card, expected = page.locator(f"#{theme}"), told(row, theme)
                if expected:
                    assert card.locator(".figure strong").inner_text() == expected[0], code
                    share = card.locator(".share").inner_text().replace("\u00a0", " ")
                    assert share.startswith(f"{expected[1]} of "), code


@pytest.mark.parametrize(
    ("language", "size", "hand"),
    [
        ("km", PHONE, "touch"),
        ("en", DESK, "keyboard"),
        pytest.param("en", DESK, "mouse", marks=pytest.mark.long),
        pytest.param("km", DESK, "mouse", marks=pytest.mark.long),
        pytest.param("km", DESK, "keyboard", marks=pytest.mark.long),
        pytest.param("en", PHONE, "touch", marks=pytest.mark.long),
    ],
)
def test_a_planner_finds_her_way(
    demo_site: Path, browser: Browser, language: str, size: tuple[int, int], hand: Hand, demo_rows: Rows
) -> None:
    troubles: list[str] = []
    row = next(iter(demo_rows.values()))
    typed = {"en": row["province_name"].upper(), "km": row["province_name_km"]}[language]
    with offline_pages(browser, troubles) as make:
        travel(Planner(demo_site, make, size, language, hand, typed, f"province:{row['province_code']}"))
    assert troubles == []


def test_searching_for_a_place_brings_the_map_and_the_table_to_it(demo_site: Path, browser: Browser) -> None:
    with offline_pages(browser, []) as make:
        page = make(f"{demo_site.as_uri()}/internet.html#lang=en", PHONE)
        name = page.evaluate("coverage.name(coverage.communes.places[0].names)")
        page.locator("#search").fill(name.upper().replace("Ü", "u"))
        page.locator("#search-results [role=option]").first.click()
        expect(page.locator("#ranking .count")).not_to_contain_text("of 151")
        assert "place=province" in page.url
