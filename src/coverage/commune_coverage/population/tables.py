"""Artifacts of people: populated places tile by tile, who of them lives in which commune, classes of settlement."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commune_coverage.core.files import read_json, write_arrays, write_columns

if TYPE_CHECKING:
    import pandas as pd

    from commune_coverage.population.urbanisation import UrbanisationGrid
    from commune_coverage.population.weights import PopulationWeights


def write_places(folder: Path, tile: int, columns: dict[str, Any]) -> None:
    """The places of one tile; ``places.json`` beside the tiles says how many places each has."""
    write_columns(_tile(folder, "places", tile), columns)


def write_shares(folder: Path, tile: int, shares: PopulationWeights) -> None:
    """Who of the places of one tile lives in which commune."""
    write_columns(_tile(folder, "shares", tile), shares._asdict())


def tile_file(folder: Path, tile: int) -> Path:
    """Where the places of a tile are."""
    return _tile(folder, "places", tile)


def _tile(folder: Path, kind: str, tile: int) -> Path:
    return folder / kind / f"{tile:05d}.arrow"


def read_shares(folder: Path, tile: int) -> PopulationWeights:
    """Who of the places of one tile lives in which commune."""
    from pyarrow import feather

    from commune_coverage.population.weights import PopulationWeights

    table = feather.read_table(_tile(folder, "shares", tile), memory_map=True)
    return PopulationWeights(*(table.column(name).to_numpy() for name in PopulationWeights._fields))


def read_tile(folder: Path, tile: int, columns: list[str] | None = None) -> pd.DataFrame:
    """The places of one tile."""
    import pandas as pd
    from pyarrow import feather

    table = feather.read_table(_tile(folder, "places", tile), columns=columns, memory_map=True)
    return pd.DataFrame({name: table.column(name).to_numpy() for name in table.column_names}, copy=False)


def read_places(folder: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """All places at once: for small countries and for methods that ask each place."""
    import pandas as pd

    parts = [read_tile(folder, tile, columns) for tile in range(tile_count(folder))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns or ()})


def has_places(folder: Path) -> bool:
    """Whether there is a people layer, though nobody may live in it."""
    return (folder / "places.json").is_file()


def tile_rows(folder: Path) -> list[tuple[int, int]]:
    """The first and last row of each tile among all places, without reading them."""
    ends = list(accumulate(read_json(folder / "places.json")))
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def places_of(folder: Path) -> Callable[[int], int]:
    """How many places each tile has."""
    rows: list[int] = read_json(folder / "places.json")
    return lambda tile: rows[tile]


def tile_count(folder: Path) -> int:
    """How many tiles there are."""
    return len(read_json(folder / "places.json"))


def write_urbanisation(target: Path, urbanisation_grid: UrbanisationGrid) -> None:
    """Classes of the 1 km cells that hold people."""
    import numpy as np

    write_arrays(
        target, lambda stream: np.savez(stream, keys=urbanisation_grid.keys, classes=urbanisation_grid.classes)
    )


def read_urbanisation(source: Path) -> UrbanisationGrid:
    """Classes of the 1 km cells that hold people."""
    import numpy as np

    from commune_coverage.population.urbanisation import UrbanisationGrid

    with np.load(source) as kept:
        return UrbanisationGrid(kept["keys"], kept["classes"])
