"""The link-budget file as it is written, and its section of positions, which needs no propagation model."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from commune_coverage.config.renamed import with_new_keys
from commune_coverage.core.errors import CountryFileError
from commune_coverage.radio.position_config import StatedPositionErrors
from commune_coverage.readers.safety.files import require_file

Section = TypeVar("Section", bound=BaseModel)
_SHIPPED = "radios.toml"


def read_radio_file(path: Path | None) -> dict[str, Any]:
    """Read a link-budget file.

    Parameters
    ----------
    path : Path or None
        The country's own file; None for the shipped one.

    Returns
    -------
    dict of str to any
        Its sections, by their newest keys.

    Raises
    ------
    MissingFileError
        When the file is not there.
    CountryFileError
        When it is not valid TOML.
    """
    shipped = files("commune_coverage.radio") / _SHIPPED
    content = (
        shipped.read_text(encoding="utf-8") if path is None else require_file(path).read_text(encoding="utf-8-sig")
    )
    name = name_of(path)
    try:
        return with_new_keys(tomllib.loads(content), name)
    except tomllib.TOMLDecodeError as error:
        raise CountryFileError(f"{name} is not valid TOML: {error}") from error


def name_of(path: Path | None) -> str:
    """Name of a link-budget file, for messages."""
    return _SHIPPED if path is None else path.name


def validated(model: type[Section], content: Any, name: str) -> Section:
    """Validate a link-budget file, or a section of it.

    Parameters
    ----------
    model : type
        What it must be.
    content : any
        What is written.
    name : str
        The file, for messages.

    Returns
    -------
    Section
        Of that type.

    Raises
    ------
    CountryFileError
        When it is not valid; the message lists every problem.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = "\n".join(f"  - {'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        raise CountryFileError(f"{name} has {error.error_count()} problem(s):\n{lines}") from error


def load_positions(path: Path | None) -> StatedPositionErrors:
    """Load how far positions may be off.

    Parameters
    ----------
    path : Path or None
        The country's own link-budget file; None for the shipped one.

    Returns
    -------
    StatedPositionErrors
        Standard errors.

    Raises
    ------
    MissingFileError
        When the file is not there.
    CountryFileError
        When it or its section is not valid.
    """
    return validated(StatedPositionErrors, read_radio_file(path).get("positions", {}), name_of(path))
