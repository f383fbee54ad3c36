"""Link budgets from their file: the shipped one, or a country's own of the same form."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from commune_coverage.config.renamed import with_new_keys
from commune_coverage.core.errors import CountryFileError
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.readers.safety.files import require_file


def load_radios(path: Path | None) -> Radios:
    """Load the link budgets.

    Parameters
    ----------
    path : Path or None
        The country's own file; None for the shipped one.

    Returns
    -------
    Radios
        Link budgets of each technology.

    Raises
    ------
    MissingFileError
        When the file is not there.
    CountryFileError
        When it is not valid; the message lists every problem.
    """
    shipped = files("commune_coverage.radio") / "radios.toml"
    content = (
        shipped.read_text(encoding="utf-8") if path is None else require_file(path).read_text(encoding="utf-8-sig")
    )
    name = "radios.toml" if path is None else path.name
    try:
        return Radios.model_validate(with_new_keys(tomllib.loads(content), name))
    except tomllib.TOMLDecodeError as error:
        raise CountryFileError(f"{name} is not valid TOML: {error}") from error
    except ValidationError as error:
        lines = "\n".join(f"  - {'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        raise CountryFileError(f"{name} has {error.error_count()} problem(s):\n{lines}") from error
