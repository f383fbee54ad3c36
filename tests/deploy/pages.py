"""The published pages as a visitor's browser gets them from nginx."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

PAGES = (
    "index.html",
    "internet.html",
    "delivery.html",
    "payment.html",
    "priority.html",
    "confidence.html",
    "changes.html",
    "sites.html",
    "compare.html",
    "commune.html",
)
SETTLE_MS = 300  # anything that a page asks for late would be asked by then


def troubles_of(browser: Browser, address: str, communes: int) -> list[str]:
    """What the console says and what is asked of any other server, over all pages; each map shows its communes."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    page.on("request", lambda request: request.url.startswith(address) or troubles.append(f"asked: {request.url}"))
    for name in PAGES:
        page.goto(f"{address}/{name}#lang=en")
        expect(page.locator(".about")).to_be_visible()
        if name not in ("index.html", "commune.html", "compare.html"):
            page.locator("path.leaflet-interactive").nth(communes - 1).wait_for(state="attached")
        page.wait_for_timeout(SETTLE_MS)
    context.close()
    return troubles
