"""A whole plan of a small country: its figures are a pipeline run's, and its rules hold by its tables alone."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.renamed import RenamedKeyWarning
from commune_coverage.core.errors import PlanError
from commune_coverage.core.files import read_json
from commune_coverage.planning.command import Written, plan_country, summary_lines
from commune_coverage.planning.reports import verify as check
from commune_coverage.planning.sandbox import null_report
from commune_coverage.planning.scenario.model import load_scenario

THEMES = ("internet", "delivery", "payment")

# What chooses is compiled once, and the country planned once.
pytestmark = pytest.mark.xdist_group("plan")


def test_figures_are_those_of_a_run_on_the_built_network(planned: Written, tmp_path: Path) -> None:
    """To the last person: an ordinary run of the country file that the plan leaves for its last year."""
    built = planned.folder / "built" / "2029" / "country.toml"
    run_pipeline(
        built, tmp_path / "data", tmp_path / "maps", planned.result.instance.today.run_date, "serial", null_report
    )
    table = gpd.read_parquet(tmp_path / "data" / "latest" / "commune_gaps.parquet").set_index("commune_code")
    expected = planned.tables["plan_communes"]
    expected = expected[expected["year"] == 2029].set_index("commune_code")
    for theme in THEMES:
        pd.testing.assert_series_equal(expected[f"{theme}_gap_people"], table[f"{theme}_gap_people"], check_exact=True)
        for bound in ("_low", "_high"):
            pd.testing.assert_series_equal(
                expected[f"{theme}_gap_share{bound}"], table[f"{theme}_gap_share{bound}"], check_exact=True
            )
        years = planned.tables["plan_years"].set_index("year")
        assert years.loc[2029, f"{theme}_gap_people"] == pytest.approx(table[f"{theme}_gap_people"].sum(), abs=1e-9)
    assert "planned by commune-coverage" in (tmp_path / "data" / "latest" / "report.json").read_text()


def test_fibre_goes_to_commune_centres_and_serves_who_is_in_reach(planned: Written) -> None:
    """By the tables alone: the distance of everybody in need from the node, and the planned rows that a run reads."""
    result, instance = planned.result, planned.result.instance
    nodes = np.flatnonzero(instance.listed["kind"] == "fibre")
    at = instance.listed[["x_m", "y_m"]].to_numpy(np.float64)
    needy = np.unique(instance.demand.place[instance.demand.theme == 0])
    for node in nodes:
        away = np.hypot(*(instance.places.position[needy] - at[node]).T)
        assert set(result.benefits.gains["internet"][node].indices) <= set(needy[away <= 1000])
    chosen = planned.tables["plan_sites"].query("kind == 'fibre'")
    assert len(chosen)
    assert instance.listed.set_index("candidate_id").loc[chosen["candidate_id"], "why"].eq("commune centre").all()
    rows = pd.read_csv(planned.folder / "built/2029/planned_fibre.csv")
    assert set(rows["name"]) == set(chosen["candidate_id"])


def test_served_is_the_gap_without_less_the_gap_with(planned: Written) -> None:
    years = planned.tables["plan_years"]
    assert years["year"].tolist() == [2027, 2028, 2029]
    for theme in THEMES:
        left = years[f"{theme}_gap_without_plan_people"] - years[f"{theme}_gap_people"]
        np.testing.assert_allclose(years[f"{theme}_served_people"], left, atol=1e-6)
        np.testing.assert_allclose(years[f"{theme}_newly_people"].cumsum(), years[f"{theme}_served_people"], atol=1e-6)
        assert (years[f"{theme}_served_people_low"] <= years[f"{theme}_served_people_high"]).all()
    assert years["payment_served_people"].iloc[-1] > 0
    assert years["internet_served_people"].iloc[-1] > 0
    assert years["phase"].tolist() == ["", "transformation", "transformation"]


def test_the_estimate_is_near_the_simulation_in_every_year(planned: Written) -> None:
    """The published people are summed anew from the tables of communes; the estimate was made before they were."""
    years, communes = planned.tables["plan_years"].set_index("year"), planned.tables["plan_communes"]
    for year, row in years.iterrows():
        of_year = communes[communes["year"] == year]
        gone = sum(
            (of_year[f"{theme}_gap_without_plan_people"] - of_year[f"{theme}_gap_people"]).sum() for theme in THEMES
        )
        assert sum(row[f"{theme}_estimate_people"] for theme in THEMES) == pytest.approx(gone, rel=0.02)
    assert len(planned.result.rounds[0].difference_by_year) == len(years)
    assert planned.result.rounds[-1].whole_difference_share == pytest.approx(0.0, abs=0.02)


def test_money_that_is_left_has_its_reason(planned: Written) -> None:
    years = planned.tables["plan_years"]
    assert ((years["left_reason"] != "") == (years["left"] > 1e-6)).all()
    listed = read_json(planned.folder / "plan.json")["money_left"]
    assert [each["reason"] for each in listed] == years["left_reason"].tolist()


def test_rules_hold_by_the_tables_alone(planned: Written) -> None:
    result, scenario = planned.result, planned.result.instance.scenario
    listed = result.instance.listed.set_index("candidate_id")
    sites = pd.DataFrame(planned.tables["plan_sites"].drop(columns="geometry"))
    sites = sites.join(listed[["x_m", "y_m", "alternative"]], on="candidate_id")
    assert len(sites)
    assert not check.money_faults(sites, {year: scenario.budget.of(year) for year in scenario.years}, True)
    assert not check.sharing_faults(
        sites, _standing(), scenario.sharing.within_km * 1000, scenario.sharing.max_operators
    )
    assert not check.alternative_faults(sites)
    assert result.selection.plan.gap_share <= 0.05
    assert result.rounds[-1].difference_share <= 0.02


def _standing() -> pd.DataFrame:
    """The two sites of the tiny country, in metres."""
    from tests.tiny import METRIC, centres

    middle = centres().iloc[[0, 4]]
    points = gpd.GeoSeries(gpd.points_from_xy(middle["lon"], middle["lat"]), crs="EPSG:4326").to_crs(METRIC)
    return pd.DataFrame({"x_m": points.x, "y_m": points.y, "operator": ["One", "Two"]})


def test_service_constraints_are_met_or_named_with_the_reason(planned: Written) -> None:
    table = planned.tables["plan_floors"].set_index("unit")
    assert table.loc["010109", "state"] == "kept"
    assert table.loc["010109", "expected_people"] >= table.loc["010109", "needed_people"] - 1e-6
    assert table.loc["010101", "state"] == "kept"
    assert table.loc["010101", "expected_people"] >= table.loc["010101", "needed_people"] - 1e-6
    assert table.loc["019999", "state"] == "impossible"
    assert table.loc["019999", "reason"] == "how many are served there today is not known"


def test_every_format_and_label(planned: Written) -> None:
    for name in ("plan_sites", "plan_years", "plan_communes", "plan_floors"):
        assert {path.suffix for path in planned.folder.glob(f"{name}.*")} == {".parquet", ".gpkg", ".csv"}
        columns = pd.read_csv(planned.folder / f"{name}.csv")
        listed = pd.read_csv(planned.folder / f"{name}_dictionary.csv", encoding="utf-8-sig")["column"]
        assert list(columns.columns) == listed.tolist()
        assert (columns["plan_id"] == planned.plan_id).all()
    assert len(gpd.read_file(planned.folder / "plan_sites.gpkg")) == len(planned.tables["plan_sites"])
    assert planned.folder.parent.joinpath("latest-small").resolve() == planned.folder
    assert not list(planned.folder.parent.glob(".work-*"))
    pages = {path.name for path in (planned.folder / "pages").glob("*.html")}
    assert pages == {"plan.html", "plan_money.html", "plan_province_000.html"}
    html = (planned.folder / "pages" / "plan.html").read_text(encoding="utf-8")
    assert 'type="range" id="year" min="2027" max="2029"' in html
    assert "<b>Tiny" not in html
    told = re.sub(r'<script type="application/ld\+json">.*?</script>', "", html, flags=re.DOTALL)
    assert "http" not in told.replace("http-equiv", "")
    assert any("below the best possible" in line for line in summary_lines(planned))


def test_pinned_is_in_and_forbidden_is_not_and_the_bytes_are_the_same(
    planned: Written, country: Path, tmp_path: Path
) -> None:
    sites, decisions = planned.tables["plan_sites"], country.parent / "scenarios" / "decisions.csv"
    out = sites["candidate_id"].iloc[0]
    others = [
        name
        for name in planned.result.instance.listed["candidate_id"]
        if name not in set(sites["candidate_id"]) and name.startswith("locker")
    ]
    decisions.write_text(f'candidate_id,decision,year\n"{out}",forbid,\n"{others[0]}",pin,2028\n')
    again = plan_country(country, ["small"], tmp_path / "pinned", "serial")[0]
    pinned_sites = again.tables["plan_sites"]
    assert not check.fixed_decision_faults(pinned_sites, {others[0]: 2028}, {out})
    assert pinned_sites.set_index("candidate_id").loc[others[0], "decided"] == "pinned"
    decisions.write_text(
        'candidate_id,decision,year\nnobody,pin,\n"' + out + '",build,\n"' + others[0] + '",pin,1999\n'
    )
    with pytest.raises(PlanError) as error:
        plan_country(country, ["small"], tmp_path / "wrong", "serial")
    assert "3 problem(s)" in str(error.value)
    assert "line 2: there is no candidate 'nobody'" in str(error.value)
    decisions.write_text("candidate_id,decision,year\n")


def test_scenarios_side_by_side(planned: Written, country: Path, tmp_path: Path) -> None:
    text = (country.parent / "scenarios" / "small.toml").read_text().replace('"small"', '"richer"')
    (country.parent / "scenarios" / "richer.toml").write_text(text.replace("260_000", "500_000"))
    both = plan_country(country, ["small", "richer"], tmp_path, "serial")
    table = pd.read_csv(both[0].folder.parent / "comparison.csv")
    assert table["scenario"].tolist() == ["small", "richer"]
    standing = pd.read_csv(both[0].folder.parent / "in_every_scenario.csv")
    names = [set(one.tables["plan_sites"]["candidate_id"]) for one in both]
    assert set(standing["candidate_id"]) == names[0] & names[1]
    values = [one.result.selection.plan.value for one in both]
    assert values[1] >= values[0]
    for name in ("plan_sites", "plan_years"):
        first, second = (one.folder / f"{name}.csv" for one in (planned, both[0]))
        assert first.read_bytes() == second.read_bytes()


def test_old_keys_of_a_scenario_are_read_with_a_warning(country: Path, tmp_path: Path) -> None:
    text = (country.parent / "scenarios" / "small.toml").read_text()
    old = text.replace("fixed_decisions", "pins").replace("service_constraints", "floors")
    (tmp_path / "old.toml").write_text(old)
    with pytest.warns(RenamedKeyWarning) as warned:
        scenario = load_scenario(tmp_path / "old.toml")
    assert {str(each.message).split("'")[1] for each in warned} == {"pins", "floors"}
    assert scenario.fixed_decisions == tmp_path / "decisions.csv"
    assert len(scenario.service_constraints) == 3
