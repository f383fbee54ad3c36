"""By keyboard alone: few stops a page, one for the map with arrow keys inside, and the focus where something opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from commune_coverage.site.build import write_site
from tests.browser.conftest import FILLED, PAGES, Open
from tests.site.invented import beside_of, commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAX_STOPS = 60
ZOOMED_MS = 800
"""A zoom that is under way has ended by then."""
HERE = """() => { const here = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  const inMap = here.closest(".leaflet-container");
  return { tag: here.tagName, map: here === inMap, inMap: Boolean(inMap), what: here.outerHTML.slice(0, 90),
           isSeen: outlineStyle !== "none" && parseFloat(outlineWidth) > 0 }; }"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of more communes than a table shows at once."""
    folder, table = tmp_path_factory.mktemp("many"), commune_grid(8, 15)
    write_site(table, make_report(), folder, beside_of(table))
    return folder


def stops(page: Page) -> list[dict]:
    """What the Tab key stops at, from the top of the page to its end."""
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    found = []
    for _ in range(MAX_STOPS + 20):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here["tag"] in ("BODY", "HTML"):
            break
        found.append(here)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_few_stops_and_each_is_seen(open_page: Open, many: Path, name: str) -> None:
    page = open_page(f"{name}.html#commune=000010&lang=en", folder=many)
    expect(page.locator(FILLED).first).to_be_visible()
    found = stops(page)
    assert 5 < len(found) < MAX_STOPS
    assert [here for here in found if not here["isSeen"]] == []
    maps = page.locator(".leaflet-container").count()
    assert len([here for here in found if here["inMap"]]) == len([here for here in found if here["map"]]) == maps


def test_arrow_keys_go_from_commune_to_commune_and_enter_opens(open_page: Open) -> None:
    page = open_page("delivery.html#lang=en")
    container = page.locator(".leaflet-container")
    container.focus()
    status = container.locator("[role=status]")
    page.keyboard.press("ArrowRight")
    expect(status).to_contain_text("Commune")
    row = int((status.text_content() or "").split(":")[0].removeprefix("Commune "))
    page.keyboard.press("ArrowUp")
    expect(status).to_contain_text(f"Commune {row + 5}: ")
    page.keyboard.press("ArrowDown")
    expect(status).to_contain_text(f"Commune {row}: ")
    expect(page.locator(".commune-tooltip")).to_contain_text(f"Commune {row}")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen h2")).to_have_text(f"Commune {row}")
    expect(page.locator("#chosen")).to_be_focused()
    page.keyboard.press("Escape")
    expect(container).to_be_focused()
    expect(page.locator("#chosen h2")).to_have_count(0)
    page.wait_for_timeout(ZOOMED_MS)
    zoom = page.evaluate("coverage.map.map.getZoom()")
    page.keyboard.press("+")
    page.wait_for_timeout(ZOOMED_MS)
    assert page.evaluate("coverage.map.map.getZoom()") > zoom
    assert "Arrow keys" in (page.locator(f"#{container.get_attribute('aria-describedby')}").text_content() or "")


def test_rows_of_a_table_are_one_stop_and_open_their_commune(open_page: Open, many: Path) -> None:
    page = open_page("payment.html#lang=en", folder=many)
    names = page.locator("#ranking button.name")
    assert page.locator("#ranking button.name[tabindex='0']").count() == 1
    names.first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(names.nth(3)).to_be_focused()
    page.keyboard.press("End")
    expect(names.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_be_focused()
    page.keyboard.press("Escape")
    expect(names.first).to_be_focused()
