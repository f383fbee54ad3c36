"""What the reach stages hand to each other: the ground, the roads, ways from places, minutes of every node."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pyarrow import feather
from scipy import sparse

from commune_coverage.core.files import write_arrays, write_columns
from commune_coverage.core.resources import lru_cached
from commune_coverage.indicators.delivery import ACCESS
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Vertices
from commune_coverage.travel.routing.off_road import Ground, Walks
from commune_coverage.travel.routing.shortest_paths import Spread

if TYPE_CHECKING:
    # Who only reads needs no compiler.
    from commune_coverage.population.weights import PopulationWeights

Arrays = dict[str, Any]
_WALKS = tuple(field.name for field in fields(Walks))


def write_fields(target: Path, **things: Any) -> None:
    """Arrays and dataclasses of arrays, under their names, as one NumPy archive."""
    flat: Arrays = {}
    for name, thing in things.items():
        if is_dataclass(thing):
            flat |= {f"{name}.{field.name}": getattr(thing, field.name) for field in fields(thing)}
        else:
            flat[name] = thing
    write_arrays(target, lambda stream: np.savez(stream, **flat))


def read_fields(source: Path) -> Arrays:
    with np.load(source) as kept:
        return {name: kept[name] for name in kept.files}


def _of(kept: Arrays, name: str, kind: type) -> dict[str, Any]:
    return {field.name: kept[f"{name}.{field.name}"] for field in fields(kind)}


def write_ground(target: Path, ground: Ground) -> None:
    write_fields(target, ground=ground)


def stamped(source: Path) -> tuple[Path, int]:
    """A file and when it was written: what is read from it once a process is known by both."""
    return source, source.stat().st_mtime_ns


def read_ground(source: Path) -> Ground:
    """The ground, read once a process."""
    return _ground_at(*stamped(source))


@lru_cached
def _ground_at(source: Path, _stamp: int) -> Ground:
    kept = _of(read_fields(source), "ground", Ground)
    values: Arrays = {name: value if value.ndim else float(value) for name, value in kept.items()}
    return Ground(**values)


def write_roads(target: Path, roads: Roads) -> None:
    write_fields(
        target,
        vertices=roads.vertices,
        speeds=roads.speeds,
        walks=roads.walks,
        is_flooded=roads.is_flooded,
        links=roads.links,
    )


def read_roads(source: Path) -> Roads:
    kept = read_fields(source)
    vertices, speeds = Vertices(**_of(kept, "vertices", Vertices)), LineSpeeds(**_of(kept, "speeds", LineSpeeds))
    return Roads(vertices, speeds, kept["is_flooded"], kept["links"], Walks(**_of(kept, "walks", Walks)))


def write_tile_columns(target: Path, **columns: Any) -> None:
    """One row a place, in single precision, as an Arrow file that is mapped and not read; walks are four columns."""
    flat: Arrays = {}
    for name, values in columns.items():
        if isinstance(values, Walks):
            flat |= {f"{name}.{field}": getattr(values, field).astype(np.float32) for field in _WALKS}
        else:
            flat[name] = values
    write_columns(target, flat)


def read_tile_columns(source: Path, *names: str) -> Arrays:
    """The named columns of a tile; a name of walks stands for its four."""
    wanted = [column for name in names for column in (_walk_columns(name) if name.endswith("walks") else (name,))]
    table = feather.read_table(source, columns=wanted, memory_map=True)
    flat = {name: table.column(name).to_numpy() for name in wanted}
    return {
        name: Walks(*(flat[column] for column in _walk_columns(name))) if name.endswith("walks") else flat[name]
        for name in names
    }


def _walk_columns(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{field}" for field in _WALKS)


def write_spreads(target: Path, spreads: Iterable[tuple[str, Spread]]) -> None:
    """Minutes in single precision; which hub is nearest, and the part on foot, where it is a pick-up's estimate.

    A NumPy archive, as ``numpy.savez`` writes it, but of one answer at a time.
    """

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, found in spreads:
                for part in ("minutes", "hub", "foot_min") if name in WITH_HUB else ("minutes",):
                    member = zipfile.ZipInfo(f"{name}.{part}.npy")
                    with archive.open(member, "w", force_zip64=True) as opened:
                        np.lib.format.write_array(opened, getattr(found, part), allow_pickle=False)

    write_arrays(target, write)


WITH_HUB = ("pickup_dry", "pickup_wet")


def read_spreads(source: Path) -> dict[str, Spread]:
    kept = read_fields(source)
    empty = np.zeros(0)
    return {
        name: Spread(kept[f"{name}.minutes"], kept.get(f"{name}.hub", empty), kept.get(f"{name}.foot_min", empty))
        for name in dict.fromkeys(key.split(".")[0] for key in kept)
    }


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
    return stages / "hub_access" / "access" / f"{tile:05d}.arrow"


class HubPeople:
    """People of (hubs x communes), tile by tile."""

    def __init__(self, hubs: int, communes: int) -> None:
        self._shape = hubs, communes
        self._tiles: list[sparse.coo_array] = []

    def take(self, hub: npt.NDArray[np.int64], shares: PopulationWeights) -> None:
        """Count a tile whose places have these ``hub`` rows; below 0 is none."""
        has_one = hub[shares.place] >= 0
        at = hub[shares.place][has_one], shares.commune[has_one]
        here = sparse.coo_array((shares.people[has_one], at), shape=self._shape)
        here.sum_duplicates()
        self._tiles.append(here)

    def write(self, folder: Path) -> None:
        """Write ``hub_people.npz``."""
        rows, columns, people = (
            np.concatenate([getattr(tile, name) for tile in self._tiles] or [np.zeros(0, dtype=int)])
            for name in ("row", "col", "data")
        )
        total = sparse.csr_matrix((people, (rows, columns)), shape=self._shape, dtype=np.float64)

        def save(stream: Any) -> None:
            sparse.save_npz(stream, total, compressed=False)

        write_arrays(_file_hub_people(folder), save)


def read_hub_people(folder: Path) -> sparse.csr_matrix | None:
    """What was written, or None where no hub can be had."""
    return sparse.load_npz(_file_hub_people(folder)) if _file_hub_people(folder).is_file() else None


def _file_hub_people(folder: Path) -> Path:
    return folder / "hub_people.npz"
