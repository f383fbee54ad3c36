"""COUNTRY.toml read and validated."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from commune_coverage.config.country import Country, country_model
from commune_coverage.config.renamed import with_new_keys
from commune_coverage.core.errors import CountryFileError, CoverageError, MissingFileError

Model = TypeVar("Model", bound=BaseModel)


def read_declared(
    path: Path, model: type[Model], path_keys: Collection[str], example: str, refused: type[CoverageError]
) -> Model:
    """The model that the file declares; the values of ``path_keys`` in it are relative to the file.

    Raises MissingFileError that names the ``example`` to start from, or ``refused`` that lists every problem.
    """
    if not path.is_file():
        raise MissingFileError(f"no file at '{path}'; start from {example}")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refused(f"{path.name} is not valid TOML: {error}") from error
    try:
        return model.model_validate(_absolute(with_new_keys(raw, path.name), path.resolve().parent, path_keys))
    except ValidationError as error:
        problems = "\n".join(f"  - {line}" for line in _problem_lines(error, model))
        raise refused(f"{path.name} has {error.error_count()} problem(s):\n{problems}") from error


def _absolute(value: Any, folder: Path, path_keys: Collection[str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _absolute(inner, folder, path_keys, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_absolute(inner, folder, path_keys, key) for inner in value]
    return str(folder / value) if key in path_keys and isinstance(value, str) else value


def _problem_lines(error: ValidationError, root: type[BaseModel]) -> list[str]:
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


_PATHS = ("path", "radios", "catalogue", "spec", "dsn_file", "webhook_file", "heartbeat_file", "smtp_password_file")


def load_country(path: Path) -> Country:
    """Read COUNTRY.toml; relative paths in it are relative to the file.

    Raises MissingFileError, or CountryFileError that lists every problem.
    """
    return read_declared(Path(path), country_model(), _PATHS, "what 'commune-coverage init' writes", CountryFileError)
