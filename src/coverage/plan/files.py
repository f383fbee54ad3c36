"""Scenario and cost files read and validated: every mistake named with its place, all at once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from coverage.country_file import problem_lines
from coverage.errors import MissingFileError
from coverage.plan.costs import Costs
from coverage.plan.problem import PlanError
from coverage.plan.scenario import Scenario

Model = TypeVar("Model", bound=BaseModel)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file; paths in it are relative to it. Raises MissingFileError or PlanError with every problem."""
    return _load(path, Scenario, "examples/scenarios")


def load_costs(path: Path | None) -> Costs:
    """Read a cost file, or the shipped assumptions. Raises MissingFileError or PlanError with every problem."""
    return Costs() if path is None else _load(path, Costs, "examples/costs.toml")


def scenario_file(name: str, country: Path) -> Path:
    """The file of a scenario by its name: scenarios/NAME.toml beside the country file, or a path as it is."""
    if name.endswith(".toml"):
        return Path(name)
    return country.resolve().parent / "scenarios" / f"{name}.toml"


def _load(path: Path, model: type[Model], example: str) -> Model:
    if not path.is_file():
        raise MissingFileError(f"no file at '{path}'; start from {example}")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError(f"{path.name} is not valid TOML: {error}") from error
    try:
        return model.model_validate(_absolute(raw, path.resolve().parent))
    except ValidationError as error:
        problems = "\n".join(f"  - {line}" for line in problem_lines(error, model))
        raise PlanError(f"{path.name} has {error.error_count()} problem(s):\n{problems}") from error


def _absolute(value: Any, folder: Path, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _absolute(inner, folder, name) for name, inner in value.items()}
    if key in ("costs", "pins", "poverty_file") and isinstance(value, str):
        return str(folder / value)
    return value
