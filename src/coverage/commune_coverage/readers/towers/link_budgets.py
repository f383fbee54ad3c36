"""Link budgets from their file: the shipped one, or a country's own of the same form."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.readers.towers.radio_file import name_of, read_radio_file, validated


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
    return validated(Radios, read_radio_file(path), name_of(path))
