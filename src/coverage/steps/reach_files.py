"""What the reach stages hand to each other: the ground, the roads, ways from places, minutes of every node."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pyarrow import feather

from coverage.memory import read_once
from coverage.reach.ground import Ground, Walks
from coverage.reach.speeds import LineSpeeds
from coverage.reach.spread import Spread
from coverage.reach.step_minutes import Roads
from coverage.reach.vertices import Vertices
from coverage.store import write_arrays, write_columns

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


@read_once
def _ground_at(source: Path, _stamp: int) -> Ground:
    kept = _of(read_fields(source), "ground", Ground)
    values: Arrays = {name: value if value.ndim else float(value) for name, value in kept.items()}
    return Ground(**values)


def write_roads(target: Path, roads: Roads) -> None:
    write_fields(
        target, vertices=roads.vertices, speeds=roads.speeds, walks=roads.walks,
        is_flooded=roads.is_flooded, links=roads.links,
    )  # fmt: skip


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
