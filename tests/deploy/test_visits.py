"""Whoever opens a page gets files of its own update, whatever is published meanwhile, and is told of a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.deploy.conftest import Web
from tests.deploy.visits import Ask, Updates, from_disk, over, plain_server

pytestmark = pytest.mark.xdist_group("web")
PAGES = ("index.html", "internet.html", "commune.html")
LOADED = "async name => JSON.stringify(await coverage.load(name))"


@pytest.fixture(scope="module")
def updates(web: Web) -> Updates:
    (web.folder / "maps/latest").rmdir()
    return Updates(web.folder)


@contextmanager
def reader(web: Web, updates: Updates, way: str) -> Iterator[Ask]:
    """Who asks for the pages: of a disk, of a plain server, of nginx."""
    folder = updates.maps / ("internal/latest" if "internal" in way else "latest")
    if "disk" in way:
        yield from_disk(folder)
    elif "plain" in way:
        with plain_server(folder) as address, over(address) as ask:
            yield ask
    else:
        with over(web.address, web.folder / "tls/certificate.pem") as ask:
            yield ask


@pytest.mark.parametrize("way", ["disk", "internal, disk", "plain server", "internal, plain server", "nginx"])
def test_a_page_that_is_read_before_a_switch_gets_files_of_its_own_update(web: Web, updates: Updates, way: str) -> None:
    updates.show(0)
    with reader(web, updates, way) as ask:
        for number, page in enumerate(PAGES, 1):
            assert updates.mixed(ask, page, way, lambda number=number: updates.show(number)) == [], page


@pytest.mark.parametrize(
    ("way", "visits"),
    [
        ("nginx", 40),
        pytest.param("nginx", 1000, marks=pytest.mark.long),
        pytest.param("plain server", 3500, marks=pytest.mark.long),
        pytest.param("internal, plain server", 500, marks=pytest.mark.long),
    ],
)
def test_no_visit_mixes_two_updates_while_publications_are_switched(
    web: Web, updates: Updates, way: str, visits: int
) -> None:
    with reader(web, updates, way) as ask, updates.switched(0.3) as switches:
        mixed = [found for visit in range(visits) if (found := updates.mixed(ask, PAGES[visit % len(PAGES)], way))]
    assert mixed == []
    assert switches


@contextmanager
def opened(browser: Browser, address: str, **viewport: int) -> Iterator[tuple[Page, list[str]]]:
    """A page whose clock the test turns, and what its console says."""
    context = browser.new_context(ignore_https_errors=True, viewport=viewport or None)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.clock.install()
    page.goto(address)
    page.locator(".communes tbody tr").first.wait_for(state="attached")
    yield page, said
    context.close()


def wait_ten_minutes(page: Page) -> None:
    with page.expect_response("**/update.json"):
        page.clock.fast_forward("10:01")


VIEW = "internet.html?from=mail#commune=010101&layer=covered_4g_share&lang="
LINES = {
    "en": ("A newer update, of 2 March 2026, is published. Show this view in it", "of 1 March 2026"),
    "km": ("មានទិន្នន័យថ្មីគិតត្រឹមថ្ងៃទី2 ខែមីនា ឆ្នាំ2026", "គិតត្រឹមថ្ងៃទី1 ខែមីនា ឆ្នាំ2026"),
}


@pytest.mark.browser
@pytest.mark.parametrize("language", LINES)
def test_an_open_page_says_what_is_published_and_leads_to_the_same_view_by_keyboard(
    web: Web, updates: Updates, browser: Browser, language: str
) -> None:
    updates.show(0)
    with opened(browser, f"{web.address}/{VIEW}{language}") as (page, said):
        line = page.get_by_role("status").and_(page.locator("#newer"))
        wait_ten_minutes(page)
        assert line.inner_text() == ""
        updates.show(1)
        wait_ten_minutes(page)
        expect(line).to_contain_text(LINES[language][0])
        assert page.evaluate("coverage.page.run") == updates.runs[0]
        updates.show(0)
        wait_ten_minutes(page)
        expect(line).to_be_empty()
        updates.show(1)
        wait_ten_minutes(page)
        focused = "document.activeElement.parentElement.parentElement.id"
        presses = next((n for n in range(30) if page.keyboard.press("Tab") or page.evaluate(focused) == "newer"), None)
        assert presses is not None
        view = page.url
        assert view.startswith(f"{web.address}/{VIEW}{language}")
        with page.expect_event("load"):
            page.keyboard.press("Enter")
        assert page.url == view
        assert page.evaluate("coverage.page.run") == updates.runs[1]
        expect(page.locator("#chosen h2")).to_be_visible()
        updates.show(0)
        wait_ten_minutes(page)
        expect(line).to_contain_text(LINES[language][1])
        assert said == []


HOSTILE = (
    '{"run": "<img src=x onerror=alert(1)>", "run_date": "<b>2026-03-02</b>"}',
    '{"run": 7, "run_date": "2026-03-02"}',
    '{"run": "KHM-20260302-0123456789ab", "run_date": ["2026-03-02"]}',
    "null",
    "[]",
    "<html>",
    "",
)


@pytest.mark.browser
def test_nothing_but_a_name_and_a_date_is_taken_from_what_a_server_tells(
    web: Web, updates: Updates, browser: Browser
) -> None:
    updates.show(0)
    told = ""
    with opened(browser, f"{web.address}/index.html#lang=en") as (page, said):
        page.route("**/update.json", lambda route: route.fulfill(body=told, content_type="application/json"))
        for told in HOSTILE:  # noqa: B007 (the route answers with it)
            wait_ten_minutes(page)
            page.wait_for_timeout(50)
            expect(page.locator("#newer")).to_be_empty()
            assert page.locator("img[src=x]").count() == 0
        assert said == []
        told = '{"run": "<img src=x>", "run_date": "2026-03-02"}'
        wait_ten_minutes(page)
        expect(page.locator("#newer a")).to_be_visible()
        assert "img" not in page.locator("#newer").inner_html()


@pytest.mark.browser
def test_a_page_from_a_disk_asks_nothing_and_says_nothing(updates: Updates, browser: Browser) -> None:
    updates.show(0)
    with opened(browser, f"{(updates.maps / 'latest').as_uri()}/index.html#lang=en") as (page, said):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        updates.show(1)
        page.clock.fast_forward("30:00")
        page.wait_for_timeout(100)
        expect(page.locator("#newer")).to_be_empty()
        assert asked == said == []


@pytest.mark.browser
@pytest.mark.long
def test_no_visit_of_a_browser_mixes_two_updates_while_publications_are_switched(
    web: Web, updates: Updates, browser: Browser
) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    failed: list[str] = []
    page.on(
        "response", lambda answer: answer.ok or answer.status == httpx.codes.NOT_MODIFIED or failed.append(answer.url)
    )
    mixed, visits = [], 300
    with updates.switched(0.3) as switches:
        for visit in range(visits):
            page.goto(f"{web.address}/{PAGES[visit % len(PAGES)]}")
            mixed += updates.foreign(page.evaluate("coverage.page.run"), lambda name: page.evaluate(LOADED, name))
    assert (mixed, failed) == ([], [])
    assert switches
