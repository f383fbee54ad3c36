"""A spot that is clicked on, typed or in the address: its commune, what is near, and what is not known of it."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely
from playwright.sync_api import expect

from commune_coverage.site.build import write_site
from tests.browser.conftest import PHONE, Open, middle_of_a_shape
from tests.site.invented import beside_of, commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
EARTH_M = 6_371_000.0
ALL_OF = """async spots => { const all = [];
  for (const [lat, lon] of spots) all.push((await coverage.place.communeAt({ lat, lon }))?.code ?? null);
  return all; }"""
SITE, HUB, BANK = (11.05, 104.05), (11.25, 104.25), (11.35, 104.05)


@pytest.fixture(scope="module")
def spotted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grid with two sites, a hub, a bank and a picture of the signal."""
    folder, table = tmp_path_factory.mktemp("spotted"), commune_grid()
    extras = beside_of(table)
    bank = pd.DataFrame([("Bank of Nowhere", "bank", BANK[1], BANK[0])], columns=["name", "kind", "lon", "lat"])
    assert extras.points is not None
    write_site(table, make_report(), folder, replace(extras, points=replace(extras.points, payments=bank)))
    return folder


def km(one: tuple[float, float], other: tuple[float, float]) -> str:
    """Kilometres on a sphere with one decimal, by the haversine formula."""
    (a, b), (c, d) = (map(math.radians, at) for at in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return f"{2 * EARTH_M * math.asin(math.sqrt(half)) / 1000:.1f}"


def test_typed_degrees_open_the_card_of_that_place(open_page: Open, spotted: Path) -> None:
    page = open_page("internet.html#lang=en", folder=spotted)
    page.locator("#search").fill("11.05, 104.05")
    page.keyboard.press("Enter")
    card = page.locator("#spot")
    expect(card.locator("h2")).to_have_text("Position 11.05000, 104.05000")
    expect(card).to_contain_text("Commune 0 · District 0")
    expect(page.locator("#chosen h2")).to_have_text("Commune 0")
    told = (card.inner_text()).replace("\u00a0", " ")
    assert "One, site 7: 10 m (2G 4G)" in told
    assert f"Nearest logistics hub: Post office (post office), {km(SITE, HUB)} km" in told
    assert f"Nearest payment point: Bank of Nowhere (bank), {km(SITE, BANK)} km" in told
    assert told.count("not known") == 4
    page.locator("#spot .close").click()
    expect(card).to_be_hidden()
    expect(page).not_to_have_url(re.compile("spot="))


def test_the_signal_is_that_of_the_square_there(open_page: Open, spotted: Path) -> None:
    for number, signal in ((5, "10 Mbps or more"), (45, "no signal")):
        lat, lon = 11 + 0.4 * number / 49, 104 + 0.5 * number / 49
        page = open_page(f"internet.html#lang=en&spot={lat:.5f},{lon:.5f}", folder=spotted)
        expect(page.locator("#spot")).to_contain_text(f"Signal and speed: {signal}")


def test_a_click_asks_for_its_spot_and_the_address_holds_it(open_page: Open, spotted: Path) -> None:
    page = open_page("delivery.html#lang=km", folder=spotted)
    page.mouse.click(*middle_of_a_shape(page))
    card = page.locator("#spot")
    expect(card).to_contain_text("ឃុំ១៣")
    expect(card).to_contain_text("Bank of Nowhere (ធនាគារ)")
    expect(card).to_contain_text("គ្មានទិន្នន័យ")
    shown = card.inner_text()
    page.reload()
    expect(card).to_be_visible()
    assert card.inner_text() == shown


def test_on_a_phone_the_commune_of_a_tap_stands_before_its_spot(open_page: Open, spotted: Path) -> None:
    page = open_page("internet.html#lang=en", PHONE, folder=spotted)
    page.touchscreen.tap(*middle_of_a_shape(page))
    expect(page.locator("#spot")).to_be_visible()
    expect(page.locator("#chosen h2")).to_be_in_viewport()
    tops = [page.locator(name).bounding_box()["y"] for name in ("#chosen", "#spot")]
    assert tops == sorted(tops)


def test_what_is_outside_and_what_nobody_gave_is_said(open_page: Open, tmp_path: Path) -> None:
    write_site(commune_grid(), make_report(), tmp_path)
    page = open_page("payment.html#lang=en&spot=0.00000,0.00000", folder=tmp_path)
    expect(page.locator("#spot")).to_contain_text("outside the communes")
    expect(page.locator("#spot .facts > li")).to_have_count(6)
    assert page.locator("#spot").inner_text().count("not known") == 7
    for name in ("index", "commune", "compare"):
        page = open_page(f"{name}.html#lang=en", folder=tmp_path)
        page.locator("#search").fill("11.15 104.25")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"internet\.html#spot=11\.15000%2C104\.25000"))
        expect(page.locator("#spot")).to_contain_text("Commune 7")
    for nonsense in ("91, 104", "11.05", "11, 104, 3", "1e1, 2"):
        assert page.evaluate("typed => coverage.place.parse(typed)", nonsense) is None


def test_the_commune_of_a_spot_is_the_one_that_holds_it(open_page: Open, spotted: Path) -> None:
    table, chance = commune_grid(), random.Random(5)  # noqa: S311
    spots = [(chance.uniform(10.98, 11.42), chance.uniform(103.98, 104.52)) for _ in range(60)]
    page = open_page("internet.html#lang=en", folder=spotted)
    found = page.evaluate(ALL_OF, spots)
    drawn = table[table.geometry.notna() & ~table.geometry.is_empty]
    for (lat, lon), code in zip(spots, found, strict=True):
        at = shapely.Point(lon, lat)
        if shapely.distance(drawn.boundary.to_numpy(), at).min() > 1e-3:
            assert code == next(iter(drawn["commune_code"][drawn.contains(at)]), None), (lat, lon)
