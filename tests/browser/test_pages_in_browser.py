"""The pages as a planner meets them: from a disk, offline, on a desk and on a phone, in Khmer and in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from commune_coverage.site.build import write_site
from tests.browser.conftest import DESK, FILLED, PAGES, PHONE, Open, middle_of_a_shape
from tests.site.invented import DATA_POOR_ROW, HOSTILE_NAME, HOSTILE_ROW, UNDRAWN_ROW, UNKNOWN_ROW, without_payments

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HEADLINE = {"km": "9,120 នាក់ គ្មានអ៊ីនធឺណិតចល័តល្បឿនលឿន", "en": "9,120 people without high-speed mobile internet"}
WIDE_TABLES = """[...document.querySelectorAll('.ranking .table-frame')]
    .filter(frame => frame.scrollWidth > frame.clientWidth).map(frame => frame.innerText.slice(0, 300))"""
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
PAYMENTS_ABSENT = "Not available: no payment points data supplied"


def chosen_code(page: Page) -> str:
    return page.evaluate("new URLSearchParams(location.hash.slice(1)).get('commune')")


def fill_of(page: Page, row: int) -> str:
    """The fill of a commune on the map."""
    return page.evaluate("number => coverage.map.drawn.fillOf(coverage.communes.records[number])", row)


@SIZES
@pytest.mark.parametrize("language", ["km", "en"])
def test_pages_open_in_both_languages_without_sideways_scrolling(
    open_page: Open, site: Path, language: str, size: tuple[int, int]
) -> None:
    page = open_page(f"index.html#lang={language}", size)
    for name in PAGES:
        page.goto(f"{site.as_uri()}/{name}.html#commune=000010&lang={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(FILLED).first).to_be_visible()
        expect(page.locator(".banner")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        assert page.evaluate(WIDE_TABLES) == [], name
        assert "undefined" not in page.locator("body").inner_text(), name


def test_the_first_language_of_the_country_is_the_default(open_page: Open) -> None:
    page = open_page("internet.html")
    expect(page.locator(".national .figure")).to_have_text(HEADLINE["km"])
    page.get_by_role("button", name="English").click()
    expect(page.locator(".national .figure")).to_have_text(HEADLINE["en"])
    assert page.title().startswith("Cambodia · Internet")
    page.get_by_role("link", name="Delivery").click()
    expect(page.locator(".national h2")).to_contain_text("Last-mile delivery gap")


@SIZES
def test_typing_in_khmer_finds_a_commune(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page("internet.html#lang=km", size)
    page.locator("#search").fill("ឃុំ១៩")
    page.get_by_role("option", name="ឃុំ១៩").click()
    expect(page.locator("#chosen h2")).to_have_text("ឃុំ១៩")
    expect(page.locator("#chosen h2")).to_be_in_viewport()
    expect(page.locator("#chosen .other-names")).to_have_text("Commune 19")
    assert chosen_code(page) == "000019"


def test_search_works_by_keyboard_in_latin_and_by_code(open_page: Open) -> None:
    page = open_page("delivery.html#lang=km")
    box = page.locator("#search")
    box.fill("COMMUNE 1")
    box.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    box.press("Escape")
    expect(page.locator("#search-results")).to_be_hidden()
    box.fill("000007")
    box.press("Enter")
    assert chosen_code(page) == "000007"
    box.fill("nowhere")
    expect(page.get_by_text("រកមិនឃើញឈ្មោះនេះទេ")).to_be_visible()


def test_chosen_commune_is_told_as_people_share_band_and_evidence(open_page: Open) -> None:
    page = open_page("internet.html#lang=en&commune=000010")
    chosen = page.locator("#chosen")
    expect(chosen.locator(".figure")).to_have_text("532 people without high-speed mobile internet")
    expect(chosen.locator(".share")).to_have_text("53 % of 1,010 people (low and high of the model agree)")
    expect(chosen.locator(".band")).to_have_text("Band 4 of 5: 40 % to 70 %")
    expect(chosen.locator(".evidence h3")).to_have_text("Evidence: Measured")
    expect(chosen.locator(".reason")).to_have_count(0)
    expect(chosen.locator("tr", has_text="Without 25 Mbps")).to_contain_text("532 (53 %)")
    page.get_by_role("button", name="Close").click()
    expect(chosen.locator(".hint")).to_be_visible()
    assert chosen_code(page) is None


def test_reasons_are_told_on_their_own_page_and_in_khmer(open_page: Open) -> None:
    page = open_page("delivery.html#lang=en&commune=000010")
    expect(page.locator("#chosen .reason")).to_have_text("12 % of people have no way to a pick-up in the wet season")
    page = open_page("delivery.html#lang=km&commune=000010")
    expect(page.locator("#chosen .reason")).to_have_text("ប្រជាជន 12 % គ្មានផ្លូវទៅចំណុចទទួលបញ្ញើ ក្នុងរដូវវស្សា")


def test_communes_without_a_figure_are_told_apart(open_page: Open) -> None:
    page = open_page(f"internet.html#lang=en&commune={DATA_POOR_ROW:06d}")
    expect(page.locator("#chosen .figure")).to_have_text("Insufficient data")
    expect(page.locator("#chosen .share")).to_have_text("1,000 people live here")
    expect(page.locator("#chosen tr", has_text="Without 10 Mbps")).to_contain_text("–")
    assert fill_of(page, DATA_POOR_ROW) == "url(#pattern-data-poor)"
    assert fill_of(page, UNKNOWN_ROW) == "url(#pattern-unavailable)"
    page = open_page(f"internet.html#lang=en&commune={UNDRAWN_ROW:06d}")
    expect(page.locator("#chosen .why")).to_have_text("This commune has no boundary and is not on the map.")


@SIZES
def test_layer_switch_repaints_the_map_and_its_legend(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page("internet.html#lang=en", size)
    assert fill_of(page, 19) == "#08519c"
    page.get_by_role("radio", name="4G coverage").check(force=True)
    expect(page.locator("#legend h2")).to_have_text("4G coverage")
    expect(page.locator("#legend li").first).to_have_text("95 % or more")
    assert fill_of(page, 19) == "#eff3ff"
    assert "layer=covered_4g_share" in page.url
    page.reload()
    expect(page.get_by_role("radio", name="4G coverage")).to_be_checked()


def test_payment_page_is_told_in_both_languages(open_page: Open) -> None:
    page = open_page("payment.html#lang=en&commune=000010")
    expect(page.locator(".national .figure")).to_have_text("9,120 people with no payment point nearby")
    expect(page.locator("#chosen .figure")).to_have_text("532 people with no payment point nearby")
    expect(page.locator("#chosen thead")).to_contain_text("Wet season")
    walk = page.locator("#chosen tr", has_text="Within 30 minutes on foot")
    expect(walk.locator("td")).to_have_text(["53 %", "76 %"])
    page.get_by_role("button", name="ខ្មែរ").click()
    expect(page.locator("#chosen .figure")).to_have_text("532 នាក់ គ្មានចំណុចផ្តល់សេវាទូទាត់នៅជិត")
    expect(page.locator("#chosen thead")).to_contain_text("រដូវវស្សា")


@pytest.mark.parametrize(
    ("name", "layer", "fills"),
    [
        ("payment", "Wet season: no payment point nearby", ["#74c476", "#31a354"]),
        ("delivery", "Wet season: more than 60 minutes", ["#fd8d3c", "#e6550d"]),
    ],
)
def test_the_wet_season_repaints_the_map(open_page: Open, name: str, layer: str, fills: list[str]) -> None:
    page = open_page(f"{name}.html#lang=en")
    dry = fill_of(page, 5)
    page.get_by_role("radio", name=layer).check(force=True)
    expect(page.locator("#legend h2")).to_have_text(layer)
    assert [dry, fill_of(page, 5)] == fills
    assert f"layer={name}_gap_wet_share" in page.url


def test_a_country_without_payments_has_a_page_that_says_so(open_page: Open, tmp_path: Path) -> None:
    write_site(*without_payments(), tmp_path)
    page = open_page("payment.html#lang=en&commune=000010", folder=tmp_path)
    expect(page.locator(".national .figure")).to_have_text(PAYMENTS_ABSENT)
    expect(page.locator(".national .why")).to_have_text("the country file names no payments layer")
    expect(page.locator("#chosen .figure")).to_have_text(PAYMENTS_ABSENT)
    expect(page.locator(".communes td.column-payment_gap_people").first).to_have_text(PAYMENTS_ABSENT)
    assert fill_of(page, 10) == "url(#pattern-unavailable)"
    expect(page.locator("#legend li")).to_have_text([PAYMENTS_ABSENT])
    for name in ("index", "commune"):
        page = open_page(f"{name}.html#lang=en&commune=000010", folder=tmp_path)
        expect(page.get_by_text(PAYMENTS_ABSENT).first).to_be_visible()
    page.goto(page.url.replace("commune.html", "priority.html"))
    expect(page.locator("#layer-choices label")).to_have_count(2)
    expect(page.locator("#chosen section")).to_have_count(2)


def test_a_commune_is_chosen_by_a_click_and_told_at_the_pointer(open_page: Open) -> None:
    page = open_page("delivery.html#lang=en")
    at = middle_of_a_shape(page)
    page.mouse.move(*at)
    expect(page.locator(".commune-tooltip")).to_contain_text(
        "693 people more than 60 minutes from a logistics hub (68 %, low and high of the model agree)"
    )
    page.mouse.click(*at)
    expect(page.locator("#chosen h2")).to_have_text("Commune 13")


def test_a_commune_is_chosen_by_a_tap(open_page: Open) -> None:
    page = open_page("internet.html#lang=en", PHONE)
    page.touchscreen.tap(*middle_of_a_shape(page))
    expect(page.locator("#chosen h2")).to_have_text("Commune 13")
    expect(page.locator("#chosen h2")).to_be_in_viewport()


def test_hostile_names_are_shown_and_never_run(open_page: Open) -> None:
    code = f"{HOSTILE_ROW:06d}"
    chosen = [f"{theme}.html#lang=km&commune={code}" for theme in ("internet", "delivery", "payment")]
    for address in (*chosen, "index.html"):
        page = open_page(address)
        if "commune" in address:
            expect(page.locator("#chosen h2")).to_have_text(HOSTILE_NAME)
        else:
            page.locator("#search").fill("</script>")
            expect(page.locator("#search-results [role=option]").last).to_contain_text(HOSTILE_NAME)
        assert page.evaluate("window.wasHacked") is None
        assert page.locator("img").count() == 0


def test_khmer_is_set_in_its_own_font_larger_and_looser(open_page: Open) -> None:
    page = open_page("internet.html#lang=km")
    page.wait_for_function(
        "[...document.fonts].some(font => font.family.includes('Noto Sans Khmer') && font.status === 'loaded')"
    )
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    khmer = page.evaluate(size)
    page.get_by_role("button", name="English").click()
    assert khmer > page.evaluate(size)
