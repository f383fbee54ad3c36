"""The pages of a whole run on the invented country, opened from disk with networking off."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from coverage.synthetic.invented import write_country
from coverage.walk import walk

pytestmark = pytest.mark.browser
PAGES = ("index.html", "internet.html", "delivery.html", "payment.html")
SETTLE_MS = 300  # anything that a page asks for late would be asked by then
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    country = write_country(folder / "raw", "default", 7)
    walk(country, folder / "data", folder / "maps", date(2026, 1, 31), "serial", lambda *_: None)
    return folder / "maps" / "latest"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "km"])
def test_every_page_opens_offline_without_error_or_request(site: Path, chromium: str, size: str, language: str) -> None:
    width, height = SIZES[size]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        for name in PAGES:
            page.goto(f"{(site / name).as_uri()}#lang={language}")
            assert page.title() != ""
            if name != "index.html":
                page.locator("path.leaflet-interactive").nth(149).wait_for(state="attached")
            page.wait_for_timeout(SETTLE_MS)
        browser.close()
    assert said == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
