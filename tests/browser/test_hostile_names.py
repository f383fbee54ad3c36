"""Names that want to be more than text, from the files to the pages, the tables and the logs of a whole run."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.publish.exports import read_csv
from tests import tiny
from tests.browser.conftest import PAGES, PHONE, offline_pages

pytestmark = pytest.mark.xdist_group("hostile")

HOSTILE = [
    "<script>window.wasHacked = true</script>",
    "<img src=x onerror='window.wasHacked=true'>",
    "</script><script>window.wasHacked = true</script>",
    "'; DROP TABLE communes; --",
    '=HYPERLINK("http://127.0.0.1:9/")',
    "two\nlines\r\nand \u2028 more",
    "\u202eright to left\u202c \u200fmark",
    "x" * 10_000,
    "{{ 7 * 7 }} ${7*7} %s {0} \\u003cscript\\u003e",
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the tiny country with hostile names for communes, places, hubs, payments and an operator."""
    folder = tmp_path_factory.mktemp("hostile")
    country = tiny.write_with_roads(folder / "in")
    communes = gpd.read_file(folder / "in/communes.geojson")
    communes.assign(commune_name=HOSTILE, province_code=HOSTILE).to_file(folder / "in/communes.geojson")
    for name, column in (("villages", "village"), ("hubs", "kind"), ("payments", "kind")):
        table = pd.read_csv(folder / f"in/{name}.csv")
        named = table.assign(point_name=HOSTILE[: len(table)])
        (named.assign(village=HOSTILE) if column == "village" else named).to_csv(folder / f"in/{name}.csv", index=False)
    operator = json.dumps(HOSTILE[0])
    country.write_text(country.read_text().replace("One =", f"{operator} ="))
    for run_date in (1, 2):
        villages = pd.read_csv(folder / "in/villages.csv")
        people = villages["people"].astype(object)
        people[0] = HOSTILE[run_date]  # quarantined, and told
        villages.assign(people=people).to_csv(folder / "in/villages.csv", index=False)
        run_pipeline(country, folder / "d", folder / "m", date(2026, 3, run_date), "serial", lambda *_: None)
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_pages_show_names_as_text(page: str, published: Path, browser) -> None:
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        shown = make((published / "m/latest").resolve().as_uri() + f"/{page}.html#lang=en", PHONE)
        shown.wait_for_load_state()
        assert shown.evaluate("window.wasHacked") is None
        data = "script:is([type='application/json'], [type='application/ld+json'])"
        assert shown.locator("script:not([src])").count() == shown.locator(data).count()
        if page in ("internet", "delivery", "payment"):
            shown.locator("#search").fill("<script>")
            assert shown.get_by_text(HOSTILE[0]).count() > 0
            assert shown.locator("img[src='x']").count() == 0
        assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert troubles == []


def test_tables_hold_names_as_they_are_and_no_formula(published: Path) -> None:
    run = (published / "d/latest").resolve()
    assert [row["commune_name"].replace("\r\n", "\n") for row in read_csv(run / "commune_gaps.csv")] == [
        name.replace("\r\n", "\n") for name in HOSTILE
    ]
    for path in run.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "\t", "\r", "+"))]
    assert gpd.read_parquet(run / "commune_gaps.parquet")["commune_name"].tolist() == HOSTILE


def test_logs_stay_one_line_an_event(published: Path) -> None:
    lines = [line for path in (published / "d/log").glob("*.jsonl") for line in path.read_text().split("\n")[:-1]]
    assert all(isinstance(json.loads(line), dict) and line.isprintable() for line in lines)
    assert lines


def test_what_was_quarantined_is_told_on_one_line(published: Path) -> None:
    rows = [row for row in read_csv(published / "d/latest/quarantine.csv") if row["layer"] == "people"]
    assert rows
    assert all(row["detail"].isprintable() and len(row["detail"]) < 1000 for row in rows)
