"""No English line on a Khmer page of the invented country: what is read, what is spoken aloud, what a pointer shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from commune_coverage.publish.exports import read_csv
from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from commune_coverage.site.i18n.messages import catalogue
from tests.browser.conftest import DESK, SETTLE_MS, offline_pages
from tests.site.pages import taken

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

COMMUNE = "010101"
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]{2,}")
# What stays in Latin letters on a Khmer page, each with the reason why.
STAYS = {
    r"\b(3GPP )?T[RS] \d[\d.]*|\bITU-R( P| SM)?\.?[\d.-]*|\bP\.\d[\d-]*|\bSM\.\d+|\bFCC BDC\b": "standards",
    r"\b(H\. )?Holma, (A\. )?Toskala\b|LTE for UMTS|\bTobler\b|\bSutherland and Saunders\b": "authors and their books",
    r"\bdelta-Bullington\b|\bextended.Hata\b|\bextended_hata_\w+|\bOSRM\b|\bValhalla\b": "names of models and programs",
    r"\b(Mbps|MHz|dBm|dBi|dB|MB|N/km|bit/s/Hz|alpha)\b": "units and symbols of formulas",
    r"\b(EIRP|SINR|RMS|C/I|MIMO|LTE|UMTS|HSPA|GSM|NR|ATM|SDG|CSV|H3|USD)\b": "abbreviations that engineers write so",
    r"\((cell|bandwidth|drive test|Enter)\)": "a gloss behind the Khmer term, in brackets",
    r"\bJavaScript\b|^English$": "names of a language",
    r"\b[\w-]+\.(csv|tif|gpkg|pbf|zip)\b": "file names",
    r"\((Excel|GeoPackage|GeoParquet|GeoJSON)\)": "names of formats of files",
    r"\b[A-Z]{3}-\d{8}-[0-9a-f]{12}\b": "the name of a run",
    r"\b[A-Z]{2}_[A-Z0-9_]+\.": "codes of the series of the United Nations",
    r"\[\w+\]|\badults_share\b": "sections and settings of the country file, as they are written there",
}  # fmt: skip
EVERY_TEXT = """() => {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.parentElement.closest("script, style, noscript, code")) found.push(node.textContent);
    }
    for (const name of ["aria-label", "aria-description", "title", "alt", "placeholder"]) {
        for (const node of document.querySelectorAll(`[${name}]`)) found.push(node.getAttribute(name));
    }
    return [...new Set(found.map((text) => text.trim()).filter(Boolean))];
}"""


def names_of(demo: Path) -> set[str]:
    """Names and sentences that layers and country file give, which no catalogue can know."""
    data, site = demo / "data" / "latest", demo / "maps" / "latest"
    report = json.loads((data / "report.json").read_text(encoding="utf-8"))
    origins = [each for layer in report["layers"].values() for each in (layer, *layer["also"])]
    names = {
        each[key] for each in origins for key in ("title", "publisher", "licence", "attribution", "version", "note")
    }
    for file, columns in {
        "commune_gaps": ("commune_name", "district_name", "province_name"),
        "obligations": ("title", "source", "operator"),
        "benchmarks": ("definition", "source"),
    }.items():
        names |= {row[column] for row in read_csv(data / f"{file}.csv") for column in columns}
    return {name for name in names | {*taken(site, "sites")["operators"], *taken(site, "hubs")["name"]} if name}


def english_in(text: str, names: set[str]) -> bool:
    """Whether anything in Latin letters is left without names and what stays so."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    for pattern in STAYS:
        text = re.sub(pattern, "", text)
    return LATIN.search(text) is not None


def texts_of(page: Page, address: str) -> Iterator[str]:
    """Every text of a page with a chosen commune, with what a pointer and the choices of the page bring up."""
    page.goto(address)
    page.wait_for_timeout(SETTLE_MS)
    if page.locator("input[name=kind][value=hubs]").count():
        page.locator("input[name=kind][value=hubs]").check(force=True)
    elif page.locator(".folium-map").count():
        page.locator(".folium-map").first.hover()
        page.locator(".commune-tooltip").first.wait_for()
    yield from page.evaluate(EVERY_TEXT)


def test_no_english_line_is_on_a_khmer_page(demo: Path, demo_site: Path, browser: Browser) -> None:
    names, found = names_of(demo), {}
    with offline_pages(browser, []) as make:
        page = make("about:blank", DESK)
        for path in sorted(demo_site.glob("*.html")):
            chosen = f"{COMMUNE}&lang=km" if path.stem == "commune" else f"commune={COMMUNE}&lang=km"
            texts = [*texts_of(page, f"{path.as_uri()}#{chosen}")]
            assert len(texts) > 30, path.stem
            found |= {text: path.stem for text in texts if english_in(text, names)}
    assert found == {}


def test_what_stays_in_latin_letters_hides_no_sentence() -> None:
    names = {"Mobile of Nowhere"}
    for text in ("Mobile of Nowhere · 4G 10 Mbps", "TR 36.942 (5 dB)", "គ.ម² 3.2", "អានុភាព 57 dBm", "verification.csv"):
        assert not english_in(text, names), text
    for text in ("3 km", "km/h", "Mobile of Nowhere is new", "a new line", "TR 36.942 annex", "Île", "៖ towers"):
        assert english_in(text, names), text


LINES = """words => {
    const box = document.createElement("div");
    box.lang = "km";
    box.style = "width: 1px; overflow-wrap: normal; line-height: 20px; font-size: 10px";
    document.body.append(box);
    return words.map((word) => { box.textContent = word; return Math.round(box.clientHeight / 20); });
}"""


def test_chromium_breaks_no_joined_word(browser: Browser) -> None:
    marked = catalogue("km")["unbroken"].split("|")
    page = browser.new_page()
    whole = page.evaluate(LINES, [word.replace("·", WORD_JOINER) for word in marked])
    apart = page.evaluate(LINES, [word.replace("·", "") for word in marked])
    page.close()
    assert [word for word, lines in zip(marked, whole, strict=True) if lines > 1] == []
    # The others are taken apart only beside some words.
    assert sum(lines > 1 for lines in apart) > len(marked) / 2
