"""What a plan writes, file by file: tables in every format, country files of its years, the better of two plans."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from scipy.sparse import csr_matrix

from commune_coverage.config.loader import load_country
from commune_coverage.planning.optimizer.milp import MixedIntegerProgramme, _better, linear_bound
from commune_coverage.planning.optimizer.problem import FREE, Problem, no_constraints
from commune_coverage.planning.optimizer.solve import Plan
from commune_coverage.planning.reports import write
from commune_coverage.planning.reports.schema import communes_table, constraints_table, sites_table, years_table
from commune_coverage.readers.towers.link_budgets import load_radios
from tests import tiny


def test_a_table_with_shapes_is_a_layer_with_shapes_and_one_without_is_none(tmp_path: Path) -> None:
    shapes = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[shapely.Point(1, 2), shapely.Point(3, 4)], crs=4326)
    write.write_formats(shapes, "sites", tmp_path, "2026-03-01")
    write.write_formats(pd.DataFrame({"name": ["c"], "year": [2027]}), "years", tmp_path, "2026-03-01")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{name}.{suffix}" for name in ("sites", "years") for suffix in ("csv", "gpkg", "parquet")
    ]
    layer = gpd.read_file(tmp_path / "sites.gpkg", layer="sites")
    assert layer.geometry.to_wkt().tolist() == ["POINT (1 2)", "POINT (3 4)"]
    assert gpd.read_parquet(tmp_path / "sites.parquet")["name"].tolist() == ["a", "b"]
    assert pd.read_csv(tmp_path / "sites.csv").to_dict("list") == {"name": ["a", "b"]}
    assert pyogrio.read_info(tmp_path / "years.gpkg")["geometry_type"] is None
    assert pd.read_parquet(tmp_path / "years.parquet").to_dict("list") == {"name": ["c"], "year": [2027]}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Country files of two years; in the second users ask for half as much again, and there are planned rows."""
    path = tiny.write_files(tmp_path / "in")
    tiny.say(path, "[radio]\nmax_range_km = 20.0")
    monkeypatch.setattr(write, "demand_factor", lambda _, __, year: 1.0 if year == 2027 else 1.5)
    scenario = SimpleNamespace(years=[2027, 2028], fixed=None)
    result: Any = SimpleNamespace(instance=SimpleNamespace(scenario=scenario, country=load_country(path)))
    folder = tmp_path / "plan"
    for name in ("planned_towers.csv", "planned_hubs.csv", "planned_payments.csv", "planned_fibre.csv"):
        (folder / "2028").mkdir(parents=True, exist_ok=True)
        (folder / "2028" / name).touch()
    write.write_country_files(result, SimpleNamespace(country_path=path), folder, tmp_path / "plan")  # type: ignore[arg-type]
    return folder


def test_a_year_without_growth_and_rows_is_the_country_with_the_scenarios_thresholds(written: Path) -> None:
    content = tomllib.loads((written / "2027/country.toml").read_text())
    assert content["radio"] == {"max_range_km": 20.0}
    assert content["layers"]["towers"]["path"] == "../../in/towers.csv"
    assert "also" not in content["layers"]["towers"]
    assert not {"payments", "fibre"} & content["layers"].keys()
    country = load_country(written / "2027/country.toml")
    assert content["thresholds"]["delivery_gap_min"] == country.thresholds.delivery_gap_min
    assert country.layers.towers is not None
    assert country.layers.towers.path.is_file()


def test_a_year_with_growth_and_rows_names_its_link_budgets_and_its_rows(written: Path) -> None:
    content = tomllib.loads((written / "2028/country.toml").read_text())
    assert content["radio"] == {"max_range_km": 20.0, "radios": "radios.toml"}
    demand, before = (load_radios(path).busy_hour.demand_mbps for path in (written / "2028/radios.toml", None))
    assert demand.value == pytest.approx(before.value * 1.5)
    layers = content["layers"]
    assert [(one["path"], one["planned"]) for one in layers["towers"]["also"]] == [("planned_towers.csv", True)]
    assert [(one["path"], one["confidence"]) for one in layers["hubs"]["also"]] == [("planned_hubs.csv", 1.0)]
    assert (layers["payments"]["path"], layers["fibre"]["path"]) == ("planned_payments.csv", "planned_fibre.csv")


def test_every_column_of_a_plan_has_a_sentence_and_a_unit_of_one_word_or_two() -> None:
    for table in (sites_table("KHR"), years_table("KHR"), communes_table(), constraints_table()):
        for column in table.columns:
            assert column.sentence.endswith("."), column.name
            assert len(column.unit.split()) <= 3, column.name
            assert not column.unit.endswith("."), column.name
        assert len(set(table.names)) == len(table.names)


def _two(**changes: Any) -> Problem:
    """One candidate for 40 people, another for 41, each 10 of building and 2 a year, over two years."""
    usual = {
        "covers": csr_matrix(np.eye(2)),
        "weight": np.array([40.0, 41.0]),
        "year_value": np.ones(2),
        "loss": np.zeros(2),
        "capital": np.full(2, 10.0),
        "yearly": np.full(2, 2.0),
        "budget": np.array([12.0, 2.0]),
        "alternatives": np.arange(2),
        "fixed_year": np.full(2, FREE),
        "first_year": np.zeros(2, np.int64),
        "carry_over": False,
        "constraints": no_constraints(2),
    }
    return Problem(**(usual | changes))


def test_another_plan_is_taken_where_it_counts_for_more_and_can_be_paid() -> None:
    problem = _two()
    known = Plan(np.array([0, 2]), 80.0, 162.0, np.zeros(0, dtype=bool), "bound")
    better = _better(problem, known, np.array([2, 0]))
    assert (better.build_year.tolist(), better.value, better.bound) == ([2, 0], 82.0, 162.0)
    # Both cannot be paid; the same for as much is no reason to change; less is none either.
    assert _better(problem, known, np.array([0, 0])) is known
    assert _better(problem, known, np.array([0, 2])) is known
    assert _better(problem, known, np.array([2, 1])) is known


def test_a_solution_is_read_as_the_first_year_at_whose_end_a_candidate_stands() -> None:
    """The first may stand from the second year on only: there are three unknowns, that and two of the other."""
    programme = MixedIntegerProgramme(_two(), np.array([[False, True], [True, True]]))
    rest = np.zeros(programme.size - 3)
    read = {
        solution: programme.build_years(np.append(solution, rest)).tolist() for solution in product((0, 1), repeat=3)
    }
    assert read[0, 0, 0] == [2, 2]
    assert read[1, 0, 0] == [1, 2]
    assert read[0, 1, 1] == [2, 0]
    assert read[0, 0, 1] == [2, 1]
    assert read[1, 1, 1] == [1, 0]


def test_a_programme_with_a_late_candidate_is_worth_what_its_best_plan_is() -> None:
    """The first for one year and the other for two, 40 and 82; the money of the second year pays for one more only."""
    late = _two(first_year=np.array([1, 0]), budget=np.array([12.0, 14.0]))
    assert linear_bound(late) == pytest.approx(40 + 82)
    assert linear_bound(replace(late, budget=np.array([12.0, 2.0]))) == pytest.approx(82)
