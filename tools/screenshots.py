"""Pictures of every page of a published site, in every language, at the size of a desk and of a phone.

Usage: tools/screenshots.py [SITE] [FOLDER]; maps/latest and build/screenshots where none are named.
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SETTLE_MS = 500
CHOSEN = ("internet", "delivery", "payment", "priority")
"""Pages that are also shown with a commune chosen."""


def main(site: Path, folder: Path) -> None:
    """Write <page>-<language>-<size>.png; end with a sentence where there is no browser or no site."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    pages = sorted(path.stem for path in site.glob("*.html"))
    if browser_path is None or not pages:
        sys.exit("no Chromium is installed" if pages else f"no pages in {site}; run 'commune-coverage run' first")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for size, (width, height) in SIZES.items():
            is_phone = size == "phone"
            context = browser.new_context(
                viewport={"width": width, "height": height}, offline=True, is_mobile=is_phone, has_touch=is_phone
            )
            _shoot_all(context.new_page(), site, pages, folder, size)
            context.close()
        browser.close()


def _shoot_all(page: Page, site: Path, pages: list[str], folder: Path, size: str) -> None:
    page.goto(f"{site.resolve().as_uri()}/index.html")
    languages = page.evaluate("coverage.page.languages")
    code = page.evaluate("coverage.communes.records[Math.floor(coverage.communes.records.length / 2)].code")
    for name, language in product(pages, languages):
        start = f"{code}&" if name == "commune" else ""
        _shoot(page, site, f"{name}.html#{start}lang={language}", folder / f"{name}-{language}-{size}.png")
        if name in CHOSEN:
            address = f"{name}.html#commune={code}&lang={language}"
            _shoot(page, site, address, folder / f"{name}-chosen-{language}-{size}.png")
    print(f"{size}: {len(pages)} pages in {', '.join(languages)}: {folder}")


def _shoot(page: Page, site: Path, address: str, target: Path) -> None:
    page.goto("about:blank")
    page.goto(f"{site.resolve().as_uri()}/{address}")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=target)


if __name__ == "__main__":
    main(*(Path(given) for given in (sys.argv[1:] + ["maps/latest", "build/screenshots"][len(sys.argv) - 1 :])[:2]))
