"""Levels as tiles: what is received of each operator and technology at every place, one columnar file a tile.

A file has one row a place, in the order of the tile's places, and three columns for each operator and technology that
reaches one of them. What is not known is null. Each column says in its metadata whose it is, its unit and its step.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import feather

from commune_coverage.core.files import atomic_write
from commune_coverage.pipeline.stages.radio.first_pass import TileInputs
from commune_coverage.radio.levels import Levels, levels_of
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.schema.inputs import TECHNOLOGIES

Integers = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]

STEPS_PER_DB = 100
"""Levels and SINR are whole hundredths of a decibel: no threshold of a map moves, in two bytes."""
_MAX_DB = 327.67
UNITS = {"received_dbm": "dBm", "sinr_db": "dB", "speed_mbps": "Mbps"}
_SPEED = "speed_mbps"


class Pair(NamedTuple):
    """An operator and one of its technologies."""

    operator: str
    technology: str


def write_levels(
    target: Path, before: Path | None, inputs: TileInputs, service: ServiceInputs, places: Integers
) -> None:
    """Write the levels of a tile.

    Parameters
    ----------
    target : Path
        The file.
    before : Path or None
        That of the previous run, which holds for all places but ``places``; None where there is none.
    inputs : TileInputs
        The tile and its network.
    service : ServiceInputs
        What its places receive.
    places : (n,) int64
        Places to compute, rising, in the order of the tile's layout.
    """
    fields: list[pa.Field] = []
    columns: list[pa.Array] = []
    rows, count = inputs.layout.order[places], len(inputs.people)
    for pair, number, carriers in _pairs_in(inputs):
        levels = _nothing(count) if before is None else read_levels(before, pair, count)
        for kept, computed in zip(levels, levels_of(service, carriers, places), strict=True):
            kept[rows] = computed
        if not np.isnan(levels.received_dbm).all():
            fields += [_field(name, number, pair) for name in Levels._fields]
            columns += [_encoded(name, values) for name, values in levels._asdict().items()]
    with atomic_write(target) as path:
        feather.write_feather(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path, compression="lz4")


def _pairs_in(inputs: TileInputs) -> Iterator[tuple[Pair, int, Integers]]:
    """Each operator and technology near the tile, the operator's number, and the rows of its carriers in the tile."""
    carriers = inputs.network.carriers.iloc[inputs.layout.carriers].reset_index(drop=True)
    for number, operator in enumerate(inputs.network.operators):
        for technology in TECHNOLOGIES:
            own = (carriers["operator"] == operator) & (carriers["technology"] == technology)
            if own.any():
                yield Pair(operator, technology), number, np.flatnonzero(own)


def _nothing(places: int) -> Levels:
    return Levels(*(np.full(places, np.nan, np.float32) for _ in Levels._fields))


def _field(name: str, number: int, pair: Pair) -> pa.Field:
    is_speed = name == _SPEED
    step = "1/2048 of the value" if is_speed else f"{1 / STEPS_PER_DB:g}"
    about = {**pair._asdict(), "quantity": name, "unit": UNITS[name], "step": step}
    return pa.field(f"{name}_{number}_{pair.technology}", pa.float16() if is_speed else pa.int16(), metadata=about)


def _encoded(name: str, values: Singles) -> pa.Array:
    """Compact values; null where nothing is known, with the same bytes below whatever stood there."""
    unknown = np.isnan(values)
    known = np.where(unknown, np.float32(0), values)
    if name == _SPEED:
        return pa.array(known.astype(np.float16), mask=unknown)
    steps = np.rint(np.clip(known, -_MAX_DB, _MAX_DB) * STEPS_PER_DB)
    return pa.array(steps.astype(np.int16), mask=unknown)


def pairs_of(source: Path) -> list[Pair]:
    """Operators and technologies that reach a place of a tile, in the order of its columns."""
    abouts = (field.metadata for field in _schema(source))
    return list(dict.fromkeys(Pair(about[b"operator"].decode(), about[b"technology"].decode()) for about in abouts))


def read_levels(source: Path, pair: Pair, places: int) -> Levels:
    """Read the levels of one operator and technology, of each place of the tile; NaN where none reaches.

    Parameters
    ----------
    source : Path
        The file of the tile, which may lack the operator and technology.
    pair : Pair
        Operator and technology.
    places : int
        Number of places of the tile.

    Returns
    -------
    Levels
        Arrays that may be changed.
    """
    wanted = {key.encode(): value.encode() for key, value in pair._asdict().items()}
    names = [field.name for field in _schema(source) if wanted.items() <= field.metadata.items()]
    if not names:
        return _nothing(places)
    table = feather.read_table(source, columns=names)
    return Levels(*(_decoded(table.column(name)) for name in names))


def _schema(source: Path) -> pa.Schema:
    with pa.OSFile(str(source)) as stream:
        return pa.ipc.open_file(stream).schema


def _decoded(column: pa.ChunkedArray) -> Singles:
    values: npt.NDArray[Any] = column.to_numpy()
    steps = STEPS_PER_DB if pa.types.is_integer(column.type) else 1
    return np.array(values / steps, dtype=np.float32)
