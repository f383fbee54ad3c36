"""Where the editions of a run lie: all of it, and what the public may see where layers are confidential."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple


class RunPlaces(NamedTuple):
    """The folders of a run.

    Attributes
    ----------
    public_tables, internal_pages : Path
        Tables of the public edition and pages of the internal one; not there where no layer is confidential, and the
        other two are all there is.
    pages : Path
        Pages of the public edition.
    run : Path
        All tables, with what the stages have left. It comes into its place last: where it is, all are.
    """

    public_tables: Path
    internal_pages: Path
    pages: Path
    run: Path


def places_of(name: str, data_dir: Path, maps_dir: Path) -> RunPlaces:
    """Tell where a run's folders are.

    Parameters
    ----------
    name : str
        The run, or a name that its folders have while it is worked on.
    data_dir, maps_dir : Path
        Where runs and maps are kept.

    Returns
    -------
    RunPlaces
    """
    return RunPlaces(
        data_dir / "public" / name,
        maps_dir / "internal" / "runs" / name,
        maps_dir / "runs" / name,
        data_dir / "runs" / name,
    )


Edition = Literal["public", "internal"]
"""What everybody may see, and what only those may who see confidential layers."""


def shown_run_in(data_dir: Path, edition: Edition) -> Path:
    """The tables of the run that is shown.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.
    edition : {'public', 'internal'}
        Which edition; where no layer is confidential both are the same.

    Returns
    -------
    Path
        It need not be there.
    """
    return whole_run(data_dir) if edition == "internal" else data_dir / "latest"


def whole_run(data_dir: Path) -> Path:
    """The folder of all that was computed in the run that is shown, for those who may see everything.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.

    Returns
    -------
    Path
        ``<data>/internal`` where layers are confidential, else ``<data>/latest``; it need not be there.
    """
    internal = data_dir / "internal"
    return internal if internal.is_dir() else data_dir / "latest"
