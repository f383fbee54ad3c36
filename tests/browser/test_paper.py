"""What is printed: title, map, legend, scale, run and sources, on A4 and A3."""

from __future__ import annotations

import re

import pytest
from PIL import ImageColor
from playwright.sync_api import expect

from tests.browser.conftest import FILLED, Open

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_printing_opens_the_notes_and_hides_the_controls(open_page: Open) -> None:
    page = open_page("internet.html#lang=en&commune=000010")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_text("CC BY-SA 4.0")).to_be_visible()
    expect(page.locator(".search")).to_be_hidden()
    expect(page.locator("#legend")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "paper", "fills", "told"),
    [
        ("internet.html#lang=en", "A4", ["#eff3ff", "#08519c"], ["Without high-speed mobile internet (10 Mbps)"]),
        ("compare.html#lang=en", "A4", ["#f2f0f7", "#54278f"], ["Both maps, one scale", "70 % or more"]),
        ("sites.html#lang=en&point=sites-0", "A3", ["#08519c", "#a63603"], ["Towers and hubs", "Site 7"]),
    ],
)
def test_a_printed_page_has_title_map_scale_date_and_sources(
    open_page: Open, address: str, paper: str, fills: list[str], told: list[str]
) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    page = open_page(address)
    expect(page.locator(FILLED).first).to_be_visible()
    document = pdfium.PdfDocument(page.pdf(format=paper))
    texts = [re.sub(r"\s+", " ", one.get_textpage().get_text_range()) for one in document]
    for text in ("Cambodia", "Updated 22 November 2026", " km", *told):
        assert text in texts[0]
    assert "CC BY-SA 4.0" in " ".join(texts)
    picture = document[0].render().to_pil().convert("RGB")
    counts = {color: count for count, color in picture.getcolors(picture.width * picture.height)}
    for fill in ("#e9ecef", *fills):  # around the country, and its communes or points
        assert counts.get(ImageColor.getrgb(fill), 0) > 20, fill
    document.close()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("canvas[hidden], .printing")).to_have_count(0)
