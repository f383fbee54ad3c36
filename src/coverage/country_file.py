"""COUNTRY.toml read and validated: every mistake named with its place, all at once."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from coverage.country import Country
from coverage.errors import CountryFileError, MissingFileError

_PATHS = ("path", "radios", "catalogue", "spec", "dsn_file", "webhook_file", "smtp_password_file")


def load_country(path: Path) -> Country:
    """Read COUNTRY.toml; relative paths in it are relative to the file.

    Raises MissingFileError, or CountryFileError that lists every problem.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"no country file at '{path}'; start from examples/country.toml")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CountryFileError(f"{path.name} is not valid TOML: {error}") from error
    try:
        return Country.model_validate(_absolute(raw, path.resolve().parent))
    except ValidationError as error:
        problems = "\n".join(f"  - {line}" for line in problem_lines(error, Country))
        raise CountryFileError(f"{path.name} has {error.error_count()} problem(s):\n{problems}") from error


def _absolute(value: Any, folder: Path, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _absolute(inner, folder, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_absolute(inner, folder, key) for inner in value]
    if key in ("path", "radios", "catalogue", "spec", "dsn_file", "webhook_file", "smtp_password_file") and isinstance(
        value, str
    ):
        return str(folder / value)
    return value


def problem_lines(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """Each problem of a file that declares a ``root``, with its place; an unknown key with the nearest known."""
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"]) or "file"
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            text = _unknown_key(str(problem["loc"][-1]), list(_model_at(problem["loc"][:-1], root).model_fields))
        lines.append(f"{where}: {text}")
    return lines


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key '{key}'; {hint}"


def _model_at(location: tuple[int | str, ...], root: type[BaseModel]) -> type[BaseModel]:
    model = root
    for part in location:
        field_info = model.model_fields.get(str(part))
        inner = _models_in(field_info.annotation) if field_info else []
        model = inner[0] if inner else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
