"""What the travel stages write and read: the ground, the roads, walks from places, travel times of every node."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt
from pyarrow import feather
from scipy import sparse

from commune_coverage.core.array_archives import Arrays, read_fields, read_scale, record_fields, write_fields
from commune_coverage.core.files import write_arrays, write_columns
from commune_coverage.core.resources import lru_cached
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Vertices
from commune_coverage.travel.off_road import Ground, Walks
from commune_coverage.travel.routing.shortest_paths import TravelTimeField

if TYPE_CHECKING:
    # Reading needs no compiler.
    from commune_coverage.population.weights import PopulationWeights


def write_ground(target: Path, ground: Ground) -> None:
    """Write the ground, with its scale, as one NumPy archive."""
    grids = {f"ground.{name}": value for name, value in ground._asdict().items() if name != "scale"}
    write_fields(target, **grids, scale=ground.scale)


def stamped(source: Path) -> tuple[Path, int]:
    """A file and when it was written: what is read once a process is cached under both."""
    return source, source.stat().st_mtime_ns


def read_ground(source: Path) -> Ground:
    """The ground, read once a process."""
    return _ground_at(*stamped(source))


@lru_cached
def _ground_at(source: Path, _stamp: int) -> Ground:
    arrays = read_fields(source)
    grids = {name: arrays[f"ground.{name}"] for name in Ground._fields if name != "scale"}
    values: Arrays = {name: value if value.ndim else float(value) for name, value in grids.items()}
    return Ground(**values, scale=read_scale(source))


def write_roads(target: Path, roads: Roads) -> None:
    """Write the roads as one NumPy archive."""
    write_fields(
        target,
        vertices=roads.vertices,
        speeds=roads.speeds,
        walks=roads.walks,
        is_flooded=roads.is_flooded,
        links=roads.links,
    )


def read_roads(source: Path) -> Roads:
    """Read what `write_roads` wrote."""
    arrays = read_fields(source)
    vertices = Vertices(**record_fields(arrays, "vertices", Vertices))
    speeds = LineSpeeds(**record_fields(arrays, "speeds", LineSpeeds))
    walks = Walks(**record_fields(arrays, "walks", Walks))
    return Roads(vertices, speeds, arrays["is_flooded"], arrays["links"], walks)


def write_tile_columns(target: Path, **columns: Any) -> None:
    """Write one row a place, in single precision, as an Arrow file to be memory-mapped; walks are four columns."""
    flat: Arrays = {}
    for name, values in columns.items():
        if isinstance(values, Walks):
            flat |= {f"{name}.{field}": getattr(values, field).astype(np.float32) for field in Walks._fields}
        else:
            flat[name] = values
    write_columns(target, flat)


def read_tile_columns(source: Path, *names: str) -> Arrays:
    """Read the named columns of a tile; a name of walks stands for its four."""
    wanted = [column for name in names for column in (_walk_columns(name) if name.endswith("walks") else (name,))]
    table = feather.read_table(source, columns=wanted, memory_map=True)
    flat = {name: table.column(name).to_numpy() for name in wanted}
    return {
        name: Walks(*(flat[column] for column in _walk_columns(name))) if name.endswith("walks") else flat[name]
        for name in names
    }


def _walk_columns(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{field}" for field in Walks._fields)


def write_travel_times(target: Path, travel_times: Iterable[tuple[str, TravelTimeField]]) -> None:
    """Write minutes in single precision; of a pick-up's estimate also the nearest hub and the part on foot.

    A NumPy archive, as ``numpy.savez`` writes it, but of one field at a time.
    """

    def write(stream: BinaryIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, times in travel_times:
                for part in ("minutes", "hub", "foot_min") if name in WITH_HUB else ("minutes",):
                    member = zipfile.ZipInfo(f"{name}.{part}.npy")
                    with archive.open(member, "w", force_zip64=True) as opened:
                        np.lib.format.write_array(opened, getattr(times, part), allow_pickle=False)

    write_arrays(target, write)


WITH_HUB = ("pickup_dry", "pickup_wet")


def read_travel_times(source: Path) -> dict[str, TravelTimeField]:
    """Read what `write_travel_times` wrote, by name."""
    arrays, empty = read_fields(source), np.zeros(0)
    return {
        name: TravelTimeField(
            arrays[f"{name}.minutes"], arrays.get(f"{name}.hub", empty), arrays.get(f"{name}.foot_min", empty)
        )
        for name in dict.fromkeys(key.split(".")[0] for key in arrays)
    }


Floats = npt.NDArray[np.float64]


def write_access(stages: Path, tile: int, access: dict[str, Floats]) -> None:
    """Write floating catchment areas by name, one value a place of the tile."""
    write_tile_columns(_file(stages, tile), **{name: values.astype(np.float32) for name, values in access.items()})


def read_access(stages: Path, tile: int) -> dict[str, Floats]:
    """Read what `write_access` wrote; nothing where catchments are not known."""
    if not _file(stages, tile).is_file():
        return {}
    table = feather.read_table(_file(stages, tile), memory_map=True)
    return {name: table.column(name).to_numpy().astype(np.float64) for name in table.column_names}


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
    """Read ``hub_people.npz`` (hubs x communes); None where there are no hubs."""
    return sparse.load_npz(_file_hub_people(folder)) if _file_hub_people(folder).is_file() else None


def _file_hub_people(folder: Path) -> Path:
    return folder / "hub_people.npz"
