"""Where the signal stage keeps what its passes leave for each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from commune_coverage.config.country import Country
from commune_coverage.core.files import atomic_write, read_table, write_arrays
from commune_coverage.population.tables import tile_file
from commune_coverage.radio.service.channel import Figures
from commune_coverage.radio.tile_layout import NO_SERVER
from commune_coverage.radio.traffic.users import Users
from commune_coverage.radio.uncertainty import UNCERTAINTY_COMPONENTS
from commune_coverage.schema.inputs import TECHNOLOGIES


@dataclass(frozen=True)
class SignalFiles:
    """Paths in a run's stages folder."""

    folder: Path

    @property
    def urbanisation_grid(self) -> Path:
        return self.folder / "urbanisation_grid.npz"

    @property
    def cells(self) -> Path:
        return self.folder / "cells.parquet"

    @property
    def fibre(self) -> Path:
        return self.folder / "fibre.parquet"

    @property
    def speed_tests(self) -> Path:
        return self.folder / "speed_tests.parquet"

    @property
    def calibration(self) -> Path:
        """Shift of the received power by environment, dB."""
        return self.folder / "transmitters" / "calibration.json"

    @property
    def transmitters(self) -> Path:
        return self.folder / "transmitters" / "cells.parquet"

    @property
    def channels(self) -> Path:
        return self.folder / "transmitters" / "channels.parquet"

    @property
    def kinds(self) -> Path:
        return self.folder / "transmitters" / "kinds.parquet"

    @property
    def loads(self) -> Path:
        return self.folder / "transmitters" / "loads.parquet"

    def servers(self, tile: int) -> Path:
        """What the first pass over a tile finds; the next run goes on from it."""
        return self.folder / "serving_cells" / f"{tile:05d}.arrays"

    def users(self, tile: int) -> Path:
        """People of a tile by site and square of 1 km."""
        return self.folder / "cell_users" / f"{tile:05d}.parquet"

    @property
    def moved_folder(self) -> Path:
        return self.folder / "moved"

    def moved(self, tile: int) -> Path:
        """Where the first pass found a difference to the run before; gone when the stage ends."""
        return self.moved_folder / f"{tile:05d}.arrays"

    def busy(self, tile: int) -> Path:
        """What the second pass finds of the interference in a tile; the next run goes on from it."""
        return self.folder / "busy_hour" / f"{tile:05d}.arrays"

    def served(self, tile: int) -> list[Path]:
        """What the first pass writes; a tile whose last file is there is done."""
        return [self.moved(tile), self.servers(tile)]

    def drawn(self, tile: int) -> list[Path]:
        """What the second pass writes; a tile whose last file is there is done."""
        return [self.busy(tile), self.figures(tile)]

    def read_for(self, country: Country, before: SignalFiles | None, tile: int) -> list[Path]:
        """What the passes over a tile may read; some of it is there in the second only, some never."""
        elevation, radios = country.layers.elevation, country.radio.radios
        from_inputs = ([elevation.path] if elevation else []) + ([radios] if radios else [])
        earlier = before.left_for(tile) if before else []
        tables = (self.fibre, self.channels, self.kinds, self.calibration)
        own = [tile_file(self.folder, tile), self.moved(tile), *self.left_for(tile)]
        return [*own, *tables, *earlier, *from_inputs]

    def left_for(self, tile: int) -> list[Path]:
        """What a later run reads of this one."""
        return [self.transmitters, self.loads, self.servers(tile), self.busy(tile), self.figures(tile)]

    def figures(self, tile: int) -> Path:
        """The signal table of one tile."""
        return self.folder / "radio" / f"{tile:05d}.arrow"


def operators_of(folder: Path) -> list[str]:
    """Operators with a channel, by name: the order of their numbers in the signal tables."""
    return sorted(read_table(SignalFiles(folder).channels)["operator"].unique())


Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Left = TypeVar("Left", "Served", "Busy", "ChangedPlaces")


class Served(NamedTuple):
    """First pass, of places in blocks: (channels, places), and the far field (channels, blocks, 4) of 2**-60 mW.

    ``keys`` are of the transmitters near the tile, ``server`` rows of those; ``users`` see ``Users``.
    """

    keys: Integers
    users_block: Integers
    users_near: Integers
    users_people: npt.NDArray[np.float64]
    users_traffic: npt.NDArray[np.float64]
    channels: Integers
    server: npt.NDArray[np.int32]
    power_mw: Singles
    dominant_mw: Singles
    near_interference_mw: Singles
    cell_edge_interference_mw: Singles
    distant_interference: Integers

    @property
    def users(self) -> Users:
        return Users(self.users_block, self.users_near, self.users_people, self.users_traffic)


class Busy(NamedTuple):
    """Second pass: what near cells send as busy as they are, and all of the interference (channels, places)."""

    channels: Integers
    near_interference_mw: Singles
    total_interference_mw: Singles


class ChangedPlaces(NamedTuple):
    """What the second pass asks again: near interference (channels, blocks), and places (places)."""

    near: Flags
    places: Flags


def write_left(target: Path, left: Served | Busy | ChangedPlaces) -> None:
    def write(stream: Any) -> None:
        for part in left:
            np.save(stream, part)

    write_arrays(target, write)


def read_left(kind: type[Left], source: Path) -> Left:
    with source.open("rb") as stream:
        return kind(*(np.load(stream) for _ in kind._fields))


def users_in(source: Path, keys: Integers) -> Users:
    """The users of a tile by row of all of the network's transmitters, which have these keys."""
    with source.open("rb") as stream:
        near, found = np.load(stream), Users(*(np.load(stream) for _ in Users._fields))
    return found._replace(near=rows_of(near, keys)[found.near])


def users_by_site(users: Users, sites: Integers) -> pd.DataFrame:
    """``site``, ``block`` and ``people`` of all users whose transmitter, a row of ``sites``, has a site."""
    site = sites[users.near]
    table = pd.DataFrame({"site": site, "block": users.block, "people": users.people})[site >= 0]
    return table.groupby(["site", "block"], sort=True)["people"].sum().reset_index()


def rows_of(wanted: Integers, keys: Integers) -> Integers:
    """The row of each wanted transmitter among those with these keys, -1 where it is not."""
    return pd.Index(keys).get_indexer(pd.Index(wanted)).astype(np.int64)


def nothing_served(keys: Integers, channels: Integers, places: int, blocks: int) -> Served:
    """Before any transmitter was looked at."""

    def none() -> Singles:
        return np.zeros((len(channels), places), np.float32)

    nobody = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    return Served(
        keys,
        *nobody,
        channels,
        np.full((len(channels), places), NO_SERVER, np.int32),
        none(),
        none(),
        none(),
        none(),
        np.zeros((len(channels), blocks, 4), np.int64),
    )


def nothing_moved(channels: int, places: int, blocks: int) -> ChangedPlaces:
    """Where the first pass found all as it was."""
    return ChangedPlaces(np.zeros((channels, blocks), np.bool_), np.zeros(places, np.bool_))


def nothing_busy(channels: Integers, places: int) -> Busy:
    return Busy(channels, *(np.zeros((len(channels), places), np.float32) for _ in range(2)))


def merged(old: Users, new: Users, is_new: Flags) -> Users:
    """The old rows of blocks that are not ``is_new`` and the new rows of the others, by block."""
    kept = ~is_new[old.block]
    block = np.concatenate([old.block[kept], new.block])
    order = np.argsort(block, kind="stable")
    return Users(*(np.concatenate([before[kept], after])[order] for before, after in zip(old, new, strict=True)))


Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]
_OF_PLACES = ("edge_mbps", "busy_mbps", "fixed_mbps", "received_", "server_", "probability_")


def write_figures(
    target: Path, found: Figures, places: Integers, fields: list[str], fixed_mbps: Floats, old: Columns
) -> None:
    """One row a place: ``found`` of the rows ``places``, of the others the ``old`` ones."""
    columns: Columns = dict(zip(fields, np.ascontiguousarray(found.flags.T), strict=True))
    columns |= {"edge_mbps": found.edge_mbps, "busy_mbps": found.busy_mbps}
    for row, technology in enumerate(TECHNOLOGIES):
        columns |= {
            f"received_{technology}_dbm": found.received_dbm[row],
            f"server_{technology}": found.server[row],
            f"probability_{technology}": found.coverage_probability[row],
        }
    columns |= {f"doubt_{name}": found.uncertainty_component[row] for row, name in enumerate(UNCERTAINTY_COMPONENTS)}
    table: Columns = {}
    for name, values in columns.items():
        table[name] = old[name].copy() if old else np.empty(len(fixed_mbps), values.dtype)
        table[name][places] = values
    table["fixed_mbps"] = fixed_mbps.astype(np.float32)
    with atomic_write(target) as path:
        feather.write_feather(pa.table(table), path, compression="lz4")


def read_figures(source: Path, wanted: Callable[[str], bool] = lambda _: True) -> Columns:
    """The wanted columns, or all; fields are bytes of flags (see ``place_fields``)."""
    with pa.OSFile(str(source)) as stream:
        names = [name for name in pa.ipc.open_file(stream).schema.names if wanted(name)]
    table = feather.read_table(source, columns=names)
    return {name: table.column(name).to_numpy() for name in names}


def is_summed(name: str) -> bool:
    """Fields of flags and the parts of doubt are summed over people."""
    return not name.startswith(_OF_PLACES)
