"""A planner's way through the pages, by mouse, by touch or by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Hand = Literal["mouse", "touch", "keyboard"]
Make = Callable[[str, tuple[int, int]], Page]


@dataclass(frozen=True)
class Planner:
    """``typed`` is what she searches for, ``place`` the key of the place that she finds."""

    site: Path
    make: Make
    size: tuple[int, int]
    language: str
    hand: Hand
    typed: str
    place: str

    def open(self, address: str) -> Page:
        return self.make(f"{self.site.resolve().as_uri()}/{address}", self.size)

    def use(self, target: Locator) -> None:
        if self.hand == "touch":
            target.tap()
        elif self.hand == "mouse":
            target.click()
        else:
            target.focus()
            target.press("Enter")

    def find(self, page: Page) -> None:
        page.locator("#search").fill(self.typed)
        if self.hand == "keyboard":
            page.locator("#search").press("ArrowDown")
            page.locator("#search").press("Enter")
        else:
            self.use(page.locator("#search-results [role=option]").first)

    def switch(self, page: Page, number: int) -> None:
        choices = page.locator("#layer-choices label")
        if self.hand == "keyboard":
            for _ in range(number):
                page.locator("#layer-choices input:checked").press("ArrowRight")
        else:
            self.use(choices.nth(number))
        expect(page.locator("#legend h2")).to_have_text(choices.nth(number).inner_text())


def travel(planner: Planner) -> None:
    """Search, open a commune, switch layers, share its page, compare, save, print."""
    page = planner.open(f"internet.html#lang={planner.language}")
    planner.find(page)
    assert page.evaluate("coverage.address.state().place") == planner.place
    planner.use(page.locator("#ranking button.name").first)
    expect(page.locator("#chosen h2")).to_be_visible()
    code = page.evaluate("coverage.address.state().commune")
    planner.switch(page, 2)
    assert "layer=covered_4g_share" in page.url
    for button, ending in (("button.csv", "csv"), ("#png", "png")):
        with page.expect_download() as download:
            planner.use(page.locator(button))
        assert download.value.suggested_filename.endswith(f".{ending}")
    planner.use(page.locator("#chosen a.button"))
    expect(page.locator(".card")).to_have_count(3)
    expect(page).to_have_url(re.compile(rf"commune\.html#{code}"))
    shared = planner.open(page.url.rsplit("/", 1)[1])
    expect(shared.locator("#commune h2")).to_have_text(page.locator("#commune h2").inner_text())
    _compare(planner, page, code)


def _compare(planner: Planner, page: Page, code: str) -> None:
    planner.use(page.locator("a[data-page='compare.html']"))
    expect(page.locator("#chosen .both p")).to_have_count(2)
    page.locator("#layer-right").select_option("payment_gap_share")
    expect(page).to_have_url(re.compile(r"right=payment_gap_share"))
    expect(page.locator("#chosen .both h3").last).to_have_text(page.locator("#layer-right option:checked").inner_text())
    assert f"commune={code}" in page.url
    assert page.pdf(format="A4").startswith(b"%PDF")
