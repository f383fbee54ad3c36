"""The table of communes, and how it and the map move each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from commune_coverage.site.build import write_site
from tests.browser.conftest import Open, middle_of_a_shape
from tests.site.invented import commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_map_and_the_table_move_each_other(open_page: Open) -> None:
    page = open_page("internet.html#lang=en")
    page.mouse.move(*middle_of_a_shape(page))
    expect(page.locator("tr.pointed")).to_have_attribute("data-row", "000013")
    page.locator("tr[data-row='000015'] button").click()
    expect(page.locator("#chosen h2")).to_have_text("Commune 15")
    page.wait_for_function(
        "coverage.map.map.getBounds().pad(-0.2).contains(coverage.map.drawn.boundsOf([coverage.communes.records[15]]).getCenter())"
    )
    page.locator(".only-seen input").check()
    few = page.locator("#ranking tbody tr").count()
    assert 0 < few < 20
    page.locator("#whole").click()
    expect(page.locator("#ranking tbody tr")).to_have_count(19)


def test_a_chosen_commune_has_its_row_however_far_down(open_page: Open, tmp_path: Path) -> None:
    write_site(commune_grid(6, 10), make_report(), tmp_path)
    page = open_page("internet.html#lang=en&commune=000005", folder=tmp_path)
    expect(page.locator("#ranking tbody tr")).to_have_count(51)
    expect(page.locator("tr.further")).to_have_attribute("data-row", "000005")
    page.locator(".filter").fill("Commune 59")
    expect(page.locator("tr.further")).to_have_count(0)


def test_ranking_sorts_filters_and_links_to_the_map(open_page: Open) -> None:
    page = open_page("index.html#lang=en")
    rows = page.locator("#ranking tbody tr")
    expect(rows.first).to_contain_text("Commune 19")
    expect(rows.last).to_contain_text(re.compile("Insufficient data|Not available"))
    page.get_by_role("button", name="Without high-speed mobile internet").click()
    expect(rows.first).to_contain_text("Commune 0")
    page.locator(".filter").fill("ស្រុក៣")
    expect(rows).to_have_count(5)
    rows.first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"commune\.html#000015&lang=en"))
    expect(page.locator("#commune h2")).to_have_text("Commune 15")


def test_long_rankings_open_on_demand(open_page: Open, tmp_path: Path) -> None:
    write_site(commune_grid(6, 10), make_report(), tmp_path)
    page = open_page("index.html#lang=en", folder=tmp_path)
    expect(page.locator("#ranking .count")).to_have_text("50 of 60 communes")
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#ranking tbody tr")).to_have_count(60)
    expect(page.locator("#ranking .more")).to_be_hidden()


def test_of_equal_ranks_the_commune_of_more_people_comes_first(open_page: Open, tmp_path: Path) -> None:
    table = commune_grid()
    table["composite_rank"] = [1.0] * 6 + [float(row) for row in range(6, len(table))]
    write_site(table, make_report(), tmp_path)
    page = open_page("priority.html#lang=en", folder=tmp_path)
    shown = page.locator("#ranking tbody tr")
    first = table[table["composite_rank"] == 1].dropna(subset="people").sort_values("people", ascending=False)
    rows = [shown.nth(place).get_attribute("data-row") for place in range(len(first))]
    assert rows == first["commune_code"].tolist()


@pytest.mark.parametrize("name", ["internet", "index"])
def test_a_province_has_the_sum_of_its_communes(open_page: Open, name: str) -> None:
    table = commune_grid()
    page = open_page(f"{name}.html#lang=en")
    expect(page.locator("#ranking .totals")).to_be_hidden()
    page.locator("#ranking select").select_option(label="Province 1")
    known = table[table["province_code"] == table["province_code"].iloc[-1]]
    gap, people = known["internet_gap_people"].sum(), known["people"].sum()
    told = page.locator("#ranking .totals p").first
    expect(page.locator("#ranking .totals h3")).to_have_text("Province 1")
    expect(told).to_contain_text(f"{round(gap, -1):,.0f} people without high-speed mobile internet")
    expect(told).to_contain_text(f"{gap / people:.0%}".replace("%", "\u00a0%"))
