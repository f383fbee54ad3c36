"""Scenario and cost files read and validated: every mistake named with its place, all at once."""

from __future__ import annotations

from pathlib import Path

from coverage.declared_file import read_declared
from coverage.plan.costs import Costs
from coverage.plan.problem import PlanError
from coverage.plan.scenario import Scenario

_PATHS = ("costs", "pins", "poverty_file")


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; paths in it are relative to it. Raises MissingFileError or PlanError with every problem."""
    return read_declared(path, Scenario, _PATHS, "examples/scenarios", PlanError)


def load_costs(path: Path | None) -> Costs:
    """Read a cost file, or the shipped assumptions. Raises MissingFileError or PlanError with every problem."""
    return Costs() if path is None else read_declared(path, Costs, (), "examples/costs.toml", PlanError)


def scenario_file(name: str, country: Path) -> Path:
    """The file of a scenario by its name: scenarios/NAME.toml beside the country file, or a path as it is."""
    if name.endswith(".toml"):
        return Path(name)
    return country.resolve().parent / "scenarios" / f"{name}.toml"
