"""Every headline has its range, and the chosen layer is what map, table, card and saved table say alike."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Page, expect

from commune_coverage.site.build import write_site
from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from tests.browser.conftest import Open
from tests.site.invented import DATA_POOR_ROW, UNKNOWN_ROW, commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOWN = {
    "en": ("(90 % interval 31–47 %)", "With masts that the file may lack: 38 % of all people"),
    "km": ("(ចន្លោះ 90 %៖ 31–47 %)", "បើគិតទាំងបង្គោលអង់តែនដែលឯកសារអាចខ្វះ៖ 38 % នៃប្រជាជនទាំងអស់"),
}
OUTSIDE = {"en": "The figure above lies outside this interval.", "km": "តួលេខខាងលើស្ថិតនៅក្រៅចន្លោះនេះ។"}
RANGE = re.compile(
    r"\((90 % interval|model range) [\d.<>]+(–[\d.<>]+)? %\)|\(range not known\)|\(low and high of the model agree\)"
)


def text_of(page: Page, selector: str) -> str:
    """The words of an element without what keeps a number on one line."""
    text = page.locator(selector).last.text_content() or ""
    return text.replace("\u00a0", " ").replace(WORD_JOINER, "")


def row(level: str, code: str | None, outside: str) -> dict[str, object]:
    ends = {"estimate": 0.38, "low": 0.31, "high": 0.47, "run_outside": outside}
    return {"level": level, "code": code, "figure": "internet_gap"} | ends


def with_model_ranges() -> gpd.GeoDataFrame:
    """The grid with lows and highs of every gap that hold it."""
    table = commune_grid()
    table["composite_gap_share"], table["composite_rank"] = table["internet_gap_share"], range(1, len(table) + 1)
    for column in [name for name in table if name.endswith("gap_share") and f"{name}_low" in table]:
        table[f"{column}_low"], table[f"{column}_high"] = table[column] * 0.5, (table[column] * 1.5).clip(upper=1.0)
    return table


@pytest.fixture(scope="module")
def drawn_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with intervals of the nation, the first province, a commune outside its own and one without a figure."""
    folder, table = tmp_path_factory.mktemp("drawn"), with_model_ranges()
    codes = table["commune_code"]
    rows = [row("nation", None, "no"), row("province", "000000", "yes"), row("commune", codes[5], "yes")]
    rows.append(row("commune", codes[DATA_POOR_ROW], ""))
    report = make_report(headline_sources={"internet": "modelled"}, tables={"intervals": rows})
    write_site(table, report, folder)
    return folder


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_card_of_a_commune_has_its_interval(open_page: Open, drawn_site: Path, language: str) -> None:
    after, about = SHOWN[language]
    for number, tail in ((5, OUTSIDE[language]), (DATA_POOR_ROW, "")):
        page = open_page(f"commune.html#commune={number:06d}&lang={language}", folder=drawn_site)
        page.locator("#internet p.bounds").wait_for()
        assert text_of(page, "#internet p.share").endswith(after)
        assert text_of(page, "#internet p.bounds").startswith(about)
        assert text_of(page, "#internet p.bounds").endswith(tail)
    if language == "en":
        page.goto(page.url.replace("000002", "000008"))
        expect(page.locator("#internet p.share")).to_contain_text("(range not known)")


def test_every_headline_of_nation_province_and_commune_has_a_range(open_page: Open, drawn_site: Path) -> None:
    page = open_page("index.html#lang=en&place=province:000000", folder=drawn_site)
    for theme in ("internet", "delivery", "payment"):
        assert RANGE.search(text_of(page, f".national.theme-{theme} p.share")), theme
    assert len(RANGE.findall(text_of(page, ".summary"))) == 3
    assert len(RANGE.findall(text_of(page, "#ranking .totals"))) == 3
    assert "(90 % interval 31–47 %)" in text_of(page, ".summary")
    assert OUTSIDE["en"] in text_of(page, "#ranking .totals p:first-of-type")
    page.goto(page.url.replace("index.html#lang=en&place=province:000000", "priority.html#lang=en&commune=000012"))
    expect(page.locator("#chosen .share")).to_have_count(3)
    shown = text_of(page, "#chosen")
    assert len(RANGE.findall(shown)) == 3
    assert "rank 13 of 20" in shown


def test_a_model_range_of_a_province_holds_its_share(open_page: Open, drawn_site: Path) -> None:
    page = open_page("delivery.html#lang=en&place=province:000001", folder=drawn_site)
    told = page.evaluate("coverage.totals.of(coverage.page.themes[0], 'province:000001')")
    assert told["range"]["kind"] == "model"
    assert told["range"]["low"] <= told["share"] <= told["range"]["high"]
    known = with_model_ranges().iloc[10:20]
    for end in ("low", "high"):
        own = (known[f"delivery_gap_share_{end}"] * known["people"]).sum() / known["people"].sum()
        assert math.isclose(told["range"][end], own, abs_tol=1e-4)


SAID = """key => { const { communes, detail, page } = coverage;
  const [layer, record] = [page.view.layers.find(each => each.key === key), communes.records[12]];
  return { column: layer.column, kind: layer.kind, columns: layer.columns.map(each => each.column),
           isGap: page.themes[0].share_column === layer.column, said: detail.layerText(record, layer),
           value: communes.figure(record, layer.column) }; }"""


@pytest.mark.parametrize("theme", ["internet", "delivery", "payment"])
def test_the_chosen_layer_drives_map_table_card_and_saved_table(
    open_page: Open, drawn_site: Path, tmp_path: Path, theme: str
) -> None:
    page = open_page(f"{theme}.html#lang=en&commune=000012", folder=drawn_site)
    keys = page.evaluate("coverage.page.view.layers.map(layer => layer.key)")
    assert len(keys) > 3
    for key in keys:
        page.evaluate("layer => coverage.address.change({ layer })", key)
        layer = page.evaluate(SAID, key)
        assert layer["columns"][-1] == layer["column"]
        cell = page.locator(f"tr[data-row='000012'] td.column-{layer['column']}").inner_text()
        shown = layer["said"]
        first = cell.splitlines()[0]
        assert first.strip(), key
        assert first in shown, (key, cell, shown)
        card = page.locator("#chosen").inner_text()
        assert (shown in card) or (layer["isGap"] and first in card), (key, shown)
        saved = saved_rows(page, tmp_path / f"{key}.csv")
        if layer["kind"] == "evidence":
            assert saved["000012"][layer["column"]] == "modelled" or theme == "internet"
            continue
        assert float(saved["000012"][layer["column"]]) == layer["value"]
        order = [code for code in saved if code not in (f"{DATA_POOR_ROW:06d}", f"{UNKNOWN_ROW:06d}")]
        rows = page.locator("#ranking tbody tr").evaluate_all("rows => rows.map(row => row.dataset.row)")
        assert rows[: len(order)] == order


def saved_rows(page: Page, target: Path) -> dict[str, dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table (CSV)").click()
    download.value.save_as(target)
    with target.open(encoding="utf-8-sig", newline="") as stream:
        return {line["commune_code"]: line for line in csv.DictReader(stream)}
