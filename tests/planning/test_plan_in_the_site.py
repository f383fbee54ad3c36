"""Plans on the pages of the country: the tab is there after ``plan``, says what the tables say, and no more."""

from __future__ import annotations

import re
import shutil
import warnings
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

import commune_coverage as cc
from commune_coverage.core.state.declared import PLAN
from commune_coverage.pipeline.stages.site.plans import DamagedPlanWarning
from commune_coverage.planning.command import Written
from commune_coverage.site.i18n.numbers import people_text, share_text

pytestmark = pytest.mark.xdist_group("plan")
DAY = date(2026, 3, 9)


@pytest.fixture
def data(planned: Written, tmp_path: Path) -> Path:
    """A data folder with the plan and nothing else."""
    shutil.copytree(planned.folder.parents[1], tmp_path / "data" / "plans", symlinks=False)
    plans = tmp_path / "data" / "plans" / planned.folder.parent.name
    shutil.rmtree(plans / "latest-small")
    (plans / "latest-small").symlink_to(planned.plan_id)
    return tmp_path / "data"


def pages_of(country: Path, data: Path) -> Path:
    cc.run(country, data, data.parent / "maps", DAY, "serial")
    return (data.parent / "maps" / "latest").resolve()


def test_the_tab_says_what_the_tables_say_and_its_links_lead_somewhere(
    planned: Written, country: Path, data: Path
) -> None:
    pages = pages_of(country, data)
    text, years = (pages / "rollout.html").read_text(encoding="utf-8"), planned.tables["plan_years"]
    text = text.replace("\u00a0", " ")
    last = years.iloc[-1]
    for theme in ("internet", "delivery", "payment"):
        assert f"{people_text(last[f'{theme}_served_people'])} more people are served" in text
        left = f"{people_text(last[f'{theme}_gap_people'])} people ({share_text(last[f'{theme}_gap_share'])}) are left"
        assert left in text
        assert f"without the plan {people_text(last[f'{theme}_gap_without_plan_people'])}" in text
    assert f"{len(planned.tables['plan_sites'])} sites, hubs and cash points from 2027 to 2029" in text
    assert "1 impossible" in text
    links = re.findall(r'href="(plans/[^"]+)"', text)
    assert len(links) == 2
    assert all((pages / link).is_file() for link in links)
    assert 'href="#plan' not in text  # what stands behind '#' is what the reader has chosen, the language too
    assert 'href="rollout.html"' in (pages / "index.html").read_text(encoding="utf-8")
    own = planned.folder / "pages"
    for path in own.rglob("*"):
        if path.is_file():
            assert (pages / "plans" / planned.plan_id / path.relative_to(own)).read_bytes() == path.read_bytes()


def test_a_scenario_that_is_not_to_be_shown_is_not(planned: Written, country: Path, data: Path) -> None:
    (record,) = (data / "plans").glob("*/KHM-*/plan.json")
    content = PLAN.read(record)
    PLAN.write(record, content | {"scenario": content["scenario"] | {"shown": False}})
    pages = pages_of(country, data)
    assert not (pages / "rollout.html").exists()
    assert not (pages / "plans").exists()


def test_a_damaged_plan_is_left_out_and_named(planned: Written, country: Path, data: Path) -> None:
    (table,) = (data / "plans").glob("*/KHM-*/plan_years.parquet")
    table.write_bytes(table.read_bytes()[:100])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        pages = pages_of(country, data)
    damaged = [str(one.message) for one in told if one.category is DamagedPlanWarning]
    assert len(damaged) == 1
    assert damaged[0].startswith("the plan 'latest-small' is damaged and left out: ")
    assert not (pages / "rollout.html").exists()


def test_the_public_edition_of_a_country_with_confidential_layers_has_no_plan(country: Path, data: Path) -> None:
    """A site that is shared or upgraded stands where a confidential register says."""
    secret = country.with_name("secret.toml")
    text = country.read_text().replace('path = "towers.csv"', 'path = "towers.csv"\nconfidentiality = "internal"')
    secret.write_text(text)
    pages = pages_of(secret, data)
    assert not (pages / "rollout.html").exists()
    assert not (pages / "plans").exists()
    (internal,) = (data.parent / "maps").glob("**/internal/**/rollout.html")
    assert (internal.parent / "plans").is_dir()


def test_a_hostile_name_is_text(planned: Written, country: Path, data: Path) -> None:
    (folder,) = (path.parent for path in (data / "plans").glob("*/KHM-*/plan.json"))
    content = PLAN.read(folder / "plan.json")
    title = "<script>alert(1)</script>"
    PLAN.write(folder / "plan.json", content | {"scenario": content["scenario"] | {"title": title}})
    years = pd.read_parquet(folder / "plan_years.parquet")
    years.assign(phase=title).to_parquet(folder / "plan_years.parquet")
    text = (pages_of(country, data) / "rollout.html").read_text(encoding="utf-8")
    assert title not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_plans_own_pages_lead_back_to_the_countrys(
    planned: Written, country: Path, data: Path, chromium: str
) -> None:
    pages = pages_of(country, data)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((pages / "rollout.html").as_uri())
        page.get_by_role("link", name="Map of the plan, year by year").click()
        page.get_by_role("link", name="All plans and maps").click()
        page.wait_for_url("**/rollout.html*")
        alone = browser.new_page()
        alone.goto((planned.folder / "pages" / "plan.html").as_uri())
        assert alone.get_by_role("link", name="All plans and maps").count() == 0
        browser.close()
