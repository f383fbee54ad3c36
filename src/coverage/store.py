"""Files written whole or not at all, and the intermediate tables of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import feather

from coverage.people import Demand, Shares
from coverage.urbanisation import Settled


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target`` that takes its place once the block has ended well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def point_link(link: Path, target: Path) -> None:
    """Make ``link`` a relative symbolic link to ``target`` in one atomic step."""
    temporary = link.with_name(f".{os.getpid()}-{link.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(os.path.relpath(target, link.parent))
    temporary.replace(link)


def write_json(target: Path, content: Any) -> None:
    """JSON with sorted keys, so that equal content is equal bytes."""
    with whole_file(target) as path:
        path.write_text(
            json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=_plain) + "\n", encoding="utf-8"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return value.name
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def read_json(source: Path) -> Any:
    return json.loads(source.read_text(encoding="utf-8"))


def write_table(target: Path, frame: pd.DataFrame) -> None:
    """A data frame, with or without geometry, as (Geo)Parquet."""
    with whole_file(target) as path:
        frame.to_parquet(path, index=False)


def read_geo(source: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(source)


def read_table(source: Path) -> pd.DataFrame:
    return pd.read_parquet(source)


def write_demand(folder: Path, demand: Demand) -> None:
    """Places as Parquet with one row group a tile, and one table a tile of who lives in which commune."""
    with whole_file(folder / "places.parquet") as path:
        table = pa.Table.from_pandas(demand.places, preserve_index=False)
        with pq.ParquetWriter(path, table.schema) as writer:
            for start, stop in tile_bounds(demand.places["tile"].to_numpy()):
                writer.write_table(table.slice(start, stop - start), row_group_size=max(stop - start, 1))
    for tile, (start, stop) in enumerate(tile_bounds(demand.places["tile"].to_numpy())):
        with whole_file(_shares(folder, tile)) as path:
            feather.write_feather(pa.table(demand.shares(start, stop)._asdict()), path, compression="lz4")


def tile_bounds(tile: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) row ranges of each tile in a column sorted by tile."""
    edges = np.flatnonzero(np.diff(tile, prepend=-1, append=-1)).tolist() if len(tile) else []
    return list(pairwise(edges))


def read_shares(folder: Path, tile: int) -> Shares:
    """Who of the places of one tile lives in which commune."""
    table = feather.read_table(_shares(folder, tile))
    return Shares(*(table.column(name).to_numpy() for name in Shares._fields))


def _shares(folder: Path, tile: int) -> Path:
    return folder / "shares" / f"{tile:05d}.arrow"


def read_tile(folder: Path, tile: int, columns: list[str] | None = None) -> pd.DataFrame:
    """The places of one tile, without reading the others."""
    frame = pq.ParquetFile(folder / "places.parquet").read_row_group(tile, columns).to_pandas()
    return pd.DataFrame(frame)


def tile_rows(folder: Path) -> list[tuple[int, int]]:
    """The first and last row of each tile among all places, without reading them."""
    groups = pq.ParquetFile(folder / "places.parquet").metadata
    ends = np.cumsum([groups.row_group(tile).num_rows for tile in range(groups.num_row_groups)]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def places_of(folder: Path) -> Callable[[int], int]:
    """How many places each tile has."""
    rows = tile_rows(folder)
    return lambda tile: rows[tile][1] - rows[tile][0]


def tile_count(folder: Path) -> int:
    return int(pq.ParquetFile(folder / "places.parquet").num_row_groups)


def write_arrays(target: Path, write: Callable[[Any], None]) -> None:
    """A NumPy archive written by ``write(stream)``."""
    with whole_file(target) as path, path.open("wb") as stream:
        write(stream)


def write_settled(target: Path, settled: Settled) -> None:
    """Classes of the 1 km cells that hold people."""
    write_arrays(target, lambda stream: np.savez(stream, keys=settled.keys, classes=settled.classes))


def read_settled(source: Path) -> Settled:
    with np.load(source) as kept:
        return Settled(kept["keys"], kept["classes"])
