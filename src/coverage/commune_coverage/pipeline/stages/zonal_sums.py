"""Values per place summed into communes, tile by tile: memory bounded by the tile, bytes the same in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from commune_coverage.core.files import write_arrays
from commune_coverage.population.sums import CommuneSums
from commune_coverage.population.tables import read_shares, tile_count, tile_rows
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.radio.service.bit_flags import bounds_of
from commune_coverage.schema.inputs import PLACE_BOUNDS

if TYPE_CHECKING:
    from commune_coverage.pipeline.stages.medians import Medians


def commune_count(folder: Path) -> int:
    """Count the communes of the country."""
    return int(pq.ParquetFile(folder / "communes.parquet").metadata.num_rows)


def write_sums(target: Path, sums: dict[str, Floats], medians: Medians | None = None) -> None:
    """Write sums by commune, and medians by commune and of the nation, as one NumPy archive."""
    parts: dict[str, Any] = {f"sum.{name}": values for name, values in sums.items()}
    if medians is not None:
        parts |= {f"median.{name}": values for name, values in medians.by_commune.items()}
        parts |= {f"national.{name}": np.array(value) for name, value in medians.national().items()}
    write_arrays(target, lambda stream: np.savez(stream, **parts))


def read_sums(source: Path) -> CommuneSums:
    """Read sums by commune, medians by commune, and medians of the nation."""
    parts: dict[str, dict[str, Floats]] = {"sum": {}, "median": {}, "national": {}}
    with np.load(source) as archive:
        for label in archive.files:
            kind, _, name = label.partition(".")
            parts[kind][name] = archive[label]
    national = {name: float(value) for name, value in parts["national"].items()}
    return CommuneSums(parts["sum"], parts["median"], national)


Floats = npt.NDArray[np.float64]
Indicators = Mapping[str, npt.NDArray[np.generic]]
TileValues = Callable[[int, int, int, PopulationWeights], Indicators]
"""Values of a tile's places from its number, its first and last row among all places, and who lives there."""
FieldsOf = Callable[[int], Indicators]
_MAX_BITS = len(PLACE_BOUNDS)


def people_by_commune(folder: Path, communes: int, values: TileValues) -> dict[str, Floats]:
    """For each indicator the people of each commune for whom it holds, or their sum weighted by its value.

    Bytes are fields of flags (see ``place_fields``), summed under their names with each bound.
    """
    sums: dict[str, Floats] = {}
    for tile, (first, last) in enumerate(tile_rows(folder)):
        shares = read_shares(folder, tile)
        for name, part in sums_of_tile(values(tile, first, last, shares), shares, communes).items():
            sums[name] = sums[name] + part if name in sums else part
    return sums


def followed_by_commune(
    folder: Path, before: dict[str, Floats], values: FieldsOf, values_before: FieldsOf
) -> dict[str, Floats]:
    """``people_by_commune`` from the sums of an earlier run: only places whose values differ are counted again."""
    sums, communes = dict(before), commune_count(folder)
    for tile in range(tile_count(folder)):
        new, old, shares = values(tile), values_before(tile), read_shares(folder, tile)
        differs = np.logical_or.reduce([new[name] != old[name] for name in new])
        here = differs[shares.place]
        moved = PopulationWeights(shares.place[here], shares.commune[here], shares.people[here])
        less = sums_of_tile({name: old[name] for name in new}, moved, communes)
        for name, more in sums_of_tile(new, moved, communes).items():
            sums[name] = sums[name] + more - less[name]
    return sums


def sums_of_tile(values: Indicators, shares: PopulationWeights, communes: int) -> dict[str, Floats]:
    """Sum the people of a tile by commune for whom each indicator holds, or weighted by its value."""
    bounds = {name: bounds_of(name) for name, value in values.items() if value.dtype == np.uint8}
    bounds |= {name: ("",) for name, value in values.items() if value.dtype == bool}
    fields = [np.asarray(values[name]).view(np.uint8) for name in bounds]
    parts: Iterable[Floats] = shares.sum_of_bits(np.stack(fields), _MAX_BITS, communes) if fields else ()
    sums = {
        f"{name}{bound}": part[bit]
        for (name, named), part in zip(bounds.items(), parts, strict=True)
        for bit, bound in enumerate(named)
    }
    others = values.keys() - bounds.keys()
    return sums | {
        name: shares.sum_of(values[name].astype(np.float64, copy=False), communes) for name in values if name in others
    }
