"""A browser without a network in which any console message or any request that leaves the disk fails the test."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from commune_coverage.publish.exports import read_csv
from commune_coverage.site.build import write_site
from commune_coverage.site.i18n.numbers import people_text, share_text
from tests.site.invented import beside_of, commune_grid, make_report, tower_source

DESK, PHONE = (1440, 900), (390, 844)
PAGES = (
    "index",
    "internet",
    "delivery",
    "payment",
    "priority",
    "confidence",
    "changes",
    "sites",
    "compare",
    "commune",
    "run",
)
FILLED = ".communes tbody tr, .card, .run-report tbody tr"
"""What shows that a page has its data, whichever it is."""
CHOSEN = 50
SETTLE_MS = 100
"""Anything that a page asks for late is asked by then."""
Rows = dict[str, dict[str, str]]
ABORTED = "net::ERR_ABORTED"
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of an invented country with synthetic towers, an earlier run, points and a picture."""
    folder = tmp_path_factory.mktemp("browsed")
    report = make_report(synthetic_layers=["towers"], layers={"towers": tower_source(synthetic=True)})
    table = commune_grid()
    write_site(table, report, folder, beside_of(table))
    return folder


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Closed with its module: while it is open an event loop runs, in which no other can."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, site: Path) -> Iterator[Open]:
    """``open_page("internet.html#lang=en", PHONE)``; troubles of all pages fail the test at its end."""
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        yield lambda address, size=DESK, folder=site: make(f"{folder.as_uri()}/{address}", size)
    assert troubles == []


@contextmanager
def offline_pages(browser: Browser, troubles: list[str]) -> Iterator[Callable[[str, tuple[int, int]], Page]]:
    contexts = []

    def note_message(message: ConsoleMessage) -> None:
        troubles.append(f"{message.type}: {message.text}")

    def note_request(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            troubles.append(f"request: {request.url}")

    def note_failure(request: Request) -> None:
        """A file that is missing; what a page still asks for when it is left is aborted and no trouble."""
        if request.failure != ABORTED:
            troubles.append(f"failed: {request.url}: {request.failure}")

    def make(url: str, size: tuple[int, int]) -> Page:
        is_phone = size == PHONE
        viewport = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, offline=True, has_touch=is_phone, is_mobile=is_phone)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note_message)
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("request", note_request)
        page.on("requestfailed", note_failure)
        page.goto(url)
        return page

    yield make
    for context in contexts:
        context.close()


def troubles_of_every_page(
    site: Path, browser: Browser, language: str, size: tuple[int, int], communes: int
) -> list[str]:
    """What the pages say or ask for, one after the other, each map with so many communes at least."""
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        page = make(f"{site.as_uri()}/index.html#lang={language}", size)
        for name in PAGES:
            page.goto(f"{(site / name).as_uri()}.html#lang={language}")
            assert page.title() != ""
            if name not in ("index", "commune", "sites", "compare", "run"):
                page.locator("path.leaflet-interactive").nth(communes - 1).wait_for(state="attached")
            page.wait_for_timeout(SETTLE_MS)
    return troubles


def middle_of_a_shape(page: Page) -> tuple[float, float]:
    """Window position of the thirteenth commune that is drawn, which is Commune 13 as one before it is not."""
    box = page.locator(".folium-map path.leaflet-interactive").nth(12).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture(scope="session")
def demo(chromium: str, invented_country: Path) -> Path:
    """Data and maps of a run of the invented country, where there is a browser to show them."""
    return invented_country


@pytest.fixture(scope="session")
def demo_site(demo: Path) -> Path:
    return demo / "maps" / "latest"


@pytest.fixture(scope="session")
def demo_rows(demo: Path) -> Rows:
    """Fifty communes of the run's own table, chosen at random."""
    table = read_csv(demo / "data" / "latest" / "commune_gaps.csv")
    return {row["commune_code"]: row for row in random.Random(8).sample(table, CHOSEN)}  # noqa: S311


def told(row: dict[str, str], theme: str) -> tuple[str, str] | None:
    """People and share of a gap as they should be told, None where there is no figure."""
    people, share = row[f"{theme}_gap_people"], row[f"{theme}_gap_share"]
    if not share or row[f"{theme}_evidence"] == "data-poor":
        return None
    return people_text(float(people)), share_text(float(share))
