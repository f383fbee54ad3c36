"""Parcels a day per 1,000 people within reach of each place, one table a tile, written by the capacity stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from coverage.gaps.delivery import ACCESS
from coverage.steps.reach_files import read_tile_columns, write_tile_columns

Floats = npt.NDArray[np.float64]


def write_access(stages: Path, tile: int, access: dict[str, Floats]) -> None:
    """``access`` by name, one value a place of the tile."""
    write_tile_columns(_file(stages, tile), **{name: values.astype(np.float32) for name, values in access.items()})


def read_access(stages: Path, tile: int) -> dict[str, Floats]:
    """The same, or nothing where catchments are not known."""
    if not _file(stages, tile).is_file():
        return {}
    return {name: values.astype(np.float64) for name, values in read_tile_columns(_file(stages, tile), *ACCESS).items()}


def _file(stages: Path, tile: int) -> Path:
    return stages / "reach" / "access" / f"{tile:05d}.arrow"
