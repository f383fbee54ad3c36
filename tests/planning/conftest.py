"""A small country with people who lack everything, and a plan for it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from commune_coverage.planning.command import Written, plan_country
from tests import tiny

SCENARIO = textwrap.dedent("""
    name = "small"
    first_year = 2027
    last_year = 2029
    fixed_decisions = "decisions.csv"
    rounds = 1
    costs = "costs.toml"
    fixed = [{ within_km = 1.0, speed_mbps = 100.0 }]
    [budget]
    per_year = 260_000.0
    fund_runs = true
    [candidates]
    min_people = 1.0
    near_km = 8.0
    apart_km = 12.0
    kinds = ["upgrade", "share", "build", "fibre", "pickup", "locker", "agent"]
    [[phases]]
    name = "transformation"
    first = 2028
    last = 2035
    [[service_constraints]]
    theme = "payment"
    level = "commune"
    by = 2028
    share = 0.5
    codes = ["010109"]
    [[service_constraints]]
    theme = "delivery"
    level = "commune"
    by = 2027
    share = 1.0
    codes = ["010101"]
    [[service_constraints]]
    theme = "delivery"
    level = "commune"
    by = 2027
    share = 1.0
    codes = ["019999"]
""")

COSTS = """
    [links]
    fibre_km = { value = 2_000, source = "assumption of a test" }
"""


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny country with roads and a register of towers, so that no commune is data-poor, and its scenario."""
    path = tiny.write_with_roads(tmp_path_factory.mktemp("planned"))
    text = path.read_text().replace('path = "towers.csv"', 'path = "towers.csv"\ncomplete = true')
    text = text.replace('en = "Tiny"', 'en = "<b>Tiny</b>"')
    path.write_text(text)
    (path.parent / "scenarios").mkdir()
    (path.parent / "scenarios" / "small.toml").write_text(SCENARIO)
    (path.parent / "scenarios" / "costs.toml").write_text(textwrap.dedent(COSTS))
    (path.parent / "scenarios" / "decisions.csv").write_text("candidate_id,decision,year\n")
    return path


@pytest.fixture(scope="session")
def planned(country: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The plan, without anything pinned."""
    return plan_country(country, ["small"], tmp_path_factory.mktemp("data"), "serial")[0]
