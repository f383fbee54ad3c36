"""Plans of countries from real files: their figures are a run's on what they build, and what is synthetic is named."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.planning.command import Written, plan_country
from commune_coverage.planning.reports import verify as check
from commune_coverage.planning.scenario.model import THEMES
from tests.real.test_cambodia import cambodia
from tests.real.test_luxembourg import luxembourg

__all__ = ["cambodia", "luxembourg"]
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("plans")]

SCENARIO = """
    name = "small"
    first_year = 2027
    last_year = 2029
    rounds = 1
    [budget]
    per_year = {per_year}
    [candidates]
    max_count = 40
    min_people = 50.0
"""
COUNTRIES = {"cambodia": 3_000_000.0, "luxembourg": 600_000.0}


@pytest.fixture(scope="module")
def plan_of(pytestconfig, request, tmp_path_factory) -> Callable[[str], Written]:
    """The plan of a country, made once, with what its run has kept."""
    made: dict[str, Written] = {}

    def plan(name: str) -> Written:
        if name not in made:
            scenario = tmp_path_factory.mktemp("scenarios") / "small.toml"
            scenario.write_text(textwrap.dedent(SCENARIO.format(per_year=COUNTRIES[name])))
            data = request.getfixturevalue(name) / "data"
            country = pytestconfig.rootpath / f"tests/real/{name}.toml"
            made[name] = plan_country(country, [str(scenario)], data, "serial")[0]
        return made[name]

    return plan


@pytest.mark.parametrize("name", COUNTRIES)
def test_hubs_and_sites_are_chosen_within_the_money(plan_of, name) -> None:
    planned = plan_of(name)
    sites = pd.DataFrame(planned.tables["plan_sites"].drop(columns="geometry"))
    sites = sites.join(planned.result.instance.listed.set_index("candidate_id")[["alternative"]], on="candidate_id")
    assert not check.money_faults(sites, dict.fromkeys((2027, 2028, 2029), COUNTRIES[name]), True)
    assert not check.alternative_faults(sites)
    assert {"branch", "pickup", "locker"} & set(sites["kind"])
    years = planned.tables["plan_years"]
    assert years["delivery_served_people"].iloc[-1] > 0
    assert 0 <= planned.result.selection.plan.gap_share < 0.2


@pytest.mark.parametrize("name", COUNTRIES)
def test_figures_are_those_of_a_run_on_what_is_built(plan_of, name, tmp_path) -> None:
    planned = plan_of(name)
    run_date = planned.result.instance.today.run_date
    built = planned.folder / "built/2029/country.toml"
    run_pipeline(built, tmp_path / "data", tmp_path / "maps", run_date, "processes", lambda *_: None)
    table = gpd.read_parquet(tmp_path / "data/latest/commune_gaps.parquet").set_index("commune_code")
    said = planned.tables["plan_communes"].query("year == 2029").set_index("commune_code")
    assert set(said.index) == set(table.index)
    for theme in THEMES:
        column = f"{theme}_gap_people"
        np.testing.assert_array_equal(said[column].to_numpy(float), table.loc[said.index, column].to_numpy(float))


def test_cambodia_is_labelled_synthetic_and_luxembourg_is_not(plan_of) -> None:
    named = {
        name: set(plan_of(name).tables["plan_sites"]["synthetic_layers"]) | _said(plan_of(name)) for name in COUNTRIES
    }
    assert named == {"cambodia": {"roads, towers", "Synthetic"}, "luxembourg": {""}}


def _said(planned: Written) -> set[str]:
    """What the page of the plan says of data that are not observed."""
    html = Path(planned.folder / "pages/plan.html").read_text(encoding="utf-8")
    return {"Synthetic"} if "banner_synthetic" in html.split("<script")[0] else set()
