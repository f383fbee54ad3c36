"""Artifacts of people: populated places tile by tile, their population weights by commune, classes of settlement."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from commune_coverage.core.files import read_json, write_arrays, write_columns, write_json

if TYPE_CHECKING:
    import pandas as pd

    from commune_coverage.population.urbanisation import UrbanisationGrid
    from commune_coverage.population.weights import PopulationWeights


def write_places(folder: Path, tile: int, columns: dict[str, Any]) -> None:
    """Write the places of one tile; the reader writes ``places.json``, the places of each tile, when all are there.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    tile : int
        Number of the tile.
    columns : dict of str to array[places]
        Columns, ``x_m``, ``y_m`` (m) and ``people`` among them.
    """
    write_columns(_tile(folder, "places", tile), columns)


def write_shares(folder: Path, tile: int, shares: PopulationWeights) -> None:
    """Write the population weights of one tile.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    tile : int
        Number of the tile.
    shares : PopulationWeights
        People of each place by commune.
    """
    write_columns(_tile(folder, "shares", tile), shares._asdict())


def tile_file(folder: Path, tile: int) -> Path:
    """Return the file of the places of a tile."""
    return _tile(folder, "places", tile)


def _tile(folder: Path, kind: str, tile: int) -> Path:
    return folder / kind / f"{tile:05d}.arrow"


def read_shares(folder: Path, tile: int) -> PopulationWeights:
    """Read the population weights of one tile, memory-mapped.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    tile : int
        Number of the tile.

    Returns
    -------
    PopulationWeights
    """
    from pyarrow import feather

    from commune_coverage.population.weights import PopulationWeights

    table = feather.read_table(_tile(folder, "shares", tile), memory_map=True)
    return PopulationWeights(*(table.column(name).to_numpy() for name in PopulationWeights._fields))


def read_tile(folder: Path, tile: int, columns: list[str] | None = None) -> pd.DataFrame:
    """Read the places of one tile, memory-mapped.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    tile : int
        Number of the tile.
    columns : list of str, optional
        Columns to read; all without it.

    Returns
    -------
    DataFrame
        One row a place.
    """
    import pandas as pd
    from pyarrow import feather

    table = feather.read_table(_tile(folder, "places", tile), columns=columns, memory_map=True)
    return pd.DataFrame({name: table.column(name).to_numpy() for name in table.column_names}, copy=False)


def read_places(folder: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read all places at once: for small countries and for methods that need them all.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    columns : list of str, optional
        Columns to read; all without it.

    Returns
    -------
    DataFrame
        One row a place, tile by tile.
    """
    import pandas as pd

    parts = [read_tile(folder, tile, columns) for tile in range(tile_count(folder))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns or ()})


def has_places(folder: Path) -> bool:
    """Return whether there is a people layer, though nobody may live in it."""
    return (folder / "places.json").is_file()


def tile_rows(folder: Path) -> list[tuple[int, int]]:
    """Return the first and last row of each tile among all places, without reading them."""
    ends = list(accumulate(read_json(folder / "places.json")))
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def places_of(folder: Path) -> Callable[[int], int]:
    """Return a function from the number of a tile to its count of places."""
    rows: list[int] = read_json(folder / "places.json")
    return lambda tile: rows[tile]


def tile_count(folder: Path) -> int:
    """Count the tiles."""
    return len(read_json(folder / "places.json"))


class RasterGrid(NamedTuple):
    """Cells of the raster that people are read from.

    Attributes
    ----------
    crs : str
        Reference system, WKT.
    transform : tuple of float
        a, b, c, d, e, f: x = a column + b row + c and y = d column + e row + f of a cell's first corner.
    width, height : int
        Columns and rows.
    """

    crs: str
    transform: tuple[float, ...]
    width: int
    height: int


def write_grid(folder: Path, grid: RasterGrid) -> None:
    """Write the grid of the people raster.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    grid : RasterGrid
        The grid.
    """
    write_json(folder / "people_grid.json", grid._asdict())


def read_grid(folder: Path) -> RasterGrid | None:
    """Read the grid of the people raster.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.

    Returns
    -------
    RasterGrid or None
        None where people are not given by a raster.
    """
    source = folder / "people_grid.json"
    if not source.is_file():
        return None
    record = read_json(source)
    return RasterGrid(record["crs"], tuple(record["transform"]), record["width"], record["height"])


def write_urbanisation(target: Path, urbanisation_grid: UrbanisationGrid) -> None:
    """Write the classes of the 1 km cells in which people live."""
    import numpy as np

    write_arrays(
        target, lambda stream: np.savez(stream, keys=urbanisation_grid.keys, classes=urbanisation_grid.classes)
    )


def read_urbanisation(source: Path) -> UrbanisationGrid:
    """Read what `write_urbanisation` wrote.

    Parameters
    ----------
    source : Path
        The file.

    Returns
    -------
    UrbanisationGrid
        Classes of the 1 km cells that hold people.
    """
    import numpy as np

    from commune_coverage.population.urbanisation import UrbanisationGrid

    with np.load(source) as archive:
        return UrbanisationGrid(archive["keys"], archive["classes"])
