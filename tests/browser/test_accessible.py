"""Every page against WCAG 2.2 A and AA by axe-core, and the table as what can be read without the map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, FILLED, PAGES, PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "preload": False, "resultTypes": ["violations"]}


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    found = page.evaluate(f"axe.run(document, {json.dumps(OPTIONS)})")["violations"]
    return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed; run 'make setup'")
@pytest.mark.parametrize(
    ("language", "size"),
    [
        ("en", DESK),
        pytest.param("km", PHONE, marks=pytest.mark.long),
        pytest.param("km", DESK, marks=pytest.mark.long),
        pytest.param("en", PHONE, marks=pytest.mark.long),
    ],
)
def test_no_page_breaks_a_rule(open_page: Open, site: Path, language: str, size: tuple[int, int]) -> None:
    page = open_page(f"index.html#lang={language}", size)
    broken = []
    for name in PAGES:
        page.goto(f"{site.as_uri()}/{name}.html#commune=000010&lang={language}")
        expect(page.locator(FILLED).first).to_be_visible()
        broken += [f"{name}: {one}" for one in violations(page)]
    assert broken == []


def test_the_table_says_what_the_map_says(open_page: Open) -> None:
    page = open_page("internet.html#lang=en")
    shown = page.evaluate(
        "coverage.communes.records.filter(record => coverage.communes.isGraded(record, coverage.page.themes[0]))"
        ".map(record => [record.code, coverage.people(coverage.communes.figure(record, 'internet_gap_people'))])"
    )
    assert len(shown) > 15
    for code, people in shown:
        row = page.locator(f"tr[data-row='{code}']")
        assert row.locator("td.column-internet_gap_people").inner_text() == people


def test_a_commune_is_reached_by_keyboard_from_the_table(open_page: Open) -> None:
    page = open_page("payment.html#lang=en")
    page.locator(".filter").focus()
    page.keyboard.type("Commune 12")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "name":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#chosen h2")).to_have_text("Commune 12")
    expect(page.locator("tr[aria-current]")).to_contain_text("Commune 12")
