"""The card of a commune tells what the draws of an ensemble say of its gap, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from commune_coverage.site.build import write_site
from tests.browser.conftest import Open
from tests.site.invented import commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TOLD = {
    "en": "With masts that the file may lack: 38 % of all people (90 % interval 31 % to 47 %)",
    "km": "បើគិតទាំងបង្គោលអង់តែនដែលឯកសារអាចខ្វះ៖ 38 % នៃប្រជាជនទាំងអស់ (ចន្លោះ 90 % ពី 31 % ដល់ 47 %)",
}
OUTSIDE = {"en": "The figure above lies outside this interval.", "km": "តួលេខខាងលើស្ថិតនៅក្រៅចន្លោះនេះ។"}


def row(code: str, outside: str) -> dict[str, object]:
    ends = {"estimate": 0.38, "low": 0.31, "high": 0.47, "run_outside": outside}
    return {"level": "commune", "code": code, "figure": "internet_gap"} | ends


def test_the_card_of_a_commune_tells_its_interval(open_page: Open, tmp_path: Path) -> None:
    communes = commune_grid()
    poor = communes["internet_evidence"] == "data-poor"
    outside, without, *_ = communes["commune_code"][~poor]
    unknown = communes["commune_code"][poor].iloc[0]
    rows = [row(outside, "yes"), row(unknown, "")]
    write_site(communes, make_report(headline_sources={"internet": "modelled"}, tables={"intervals": rows}), tmp_path)
    for language, interval in TOLD.items():
        for code, tail in ((outside, f" {OUTSIDE[language]}"), (unknown, "")):
            page = open_page(f"commune.html#commune={code}&lang={language}", folder=tmp_path)
            told = page.locator("#internet p.bounds").last.text_content() or ""
            assert told.replace("\u00a0", " ") == interval + tail
    page = open_page(f"commune.html#commune={without}&lang=en", folder=tmp_path)
    page.locator("#internet h3").wait_for()
    assert page.get_by_text("With masts that the file may lack").count() == 0
