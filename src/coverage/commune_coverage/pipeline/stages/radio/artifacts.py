"""Files of the radio stage: what its passes write for each other, for later runs and for later stages."""

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
from commune_coverage.radio.service.carrier import Figures
from commune_coverage.radio.service.users import Users, room_for_users
from commune_coverage.radio.tile import NO_SERVER
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
    def antenna_patterns(self) -> Path:
        """Measured antenna patterns of the towers layer."""
        return self.folder / "antenna_patterns.parquet"

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
    def scale(self) -> Path:
        """By what distances are corrected."""
        return self.folder / "scale.npz"

    @property
    def transmitters(self) -> Path:
        return self.folder / "transmitters" / "cells.parquet"

    @property
    def carriers(self) -> Path:
        return self.folder / "transmitters" / "carriers.parquet"

    @property
    def pathloss_classes(self) -> Path:
        return self.folder / "transmitters" / "pathloss_classes.parquet"

    @property
    def network_patterns(self) -> Path:
        """The measured antenna patterns of the network, for this run and those that go on from it."""
        return self.folder / "transmitters" / "antenna_patterns.parquet"

    @property
    def loads(self) -> Path:
        return self.folder / "transmitters" / "loads.parquet"

    @property
    def carrier_loads(self) -> Path:
        """``distant_share`` of each carrier, see ``cell_load.distant_shares``."""
        return self.folder / "transmitters" / "carrier_loads.parquet"

    def servers(self, tile: int) -> Path:
        """Result of the first pass over a tile; the next run starts from it."""
        return self.folder / "serving_cells" / f"{tile:05d}.arrays"

    def users(self, tile: int) -> Path:
        """People of a tile by site and square of 1 km."""
        return self.folder / "cell_users" / f"{tile:05d}.parquet"

    @property
    def changed_folder(self) -> Path:
        return self.folder / "changed"

    def changed(self, tile: int) -> Path:
        """Where the first pass differs from the previous run; removed when the stage ends."""
        return self.changed_folder / f"{tile:05d}.arrays"

    def busy(self, tile: int) -> Path:
        """Interference by the second pass over a tile; the next run starts from it."""
        return self.folder / "busy_hour" / f"{tile:05d}.arrays"

    def served(self, tile: int) -> list[Path]:
        """What the first pass writes; a tile whose last file is there is done."""
        return [self.changed(tile), self.servers(tile)]

    def drawn(self, tile: int) -> list[Path]:
        """What the second pass writes; a tile whose last file is there is done."""
        return [self.busy(tile), self.figures(tile)]

    def read_for(self, country: Country, before: SignalFiles | None, tile: int) -> list[Path]:
        """What the passes over a tile may read; some of it is there in the second only, some never."""
        elevation, radios = country.layers.elevation, country.radio.radios
        from_inputs = ([elevation.path] if elevation else []) + ([radios] if radios else [])
        earlier = before.left_for(tile) if before else []
        tables = (self.fibre, self.carriers, self.pathloss_classes, self.calibration, self.scale)
        own = [tile_file(self.folder, tile), self.changed(tile), *self.left_for(tile)]
        return [*own, *tables, *earlier, *from_inputs]

    def left_for(self, tile: int) -> list[Path]:
        """What a later run reads of this one."""
        of_network = [self.transmitters, self.network_patterns, self.loads, self.carrier_loads]
        return [*of_network, self.servers(tile), self.busy(tile), self.figures(tile)]

    def figures(self, tile: int) -> Path:
        """The signal table of one tile."""
        return self.folder / "radio" / f"{tile:05d}.arrow"


def operators_of(folder: Path) -> list[str]:
    """Operators with a carrier, by name: the order of their numbers in the signal tables."""
    return sorted(read_table(SignalFiles(folder).carriers)["operator"].unique())


Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Left = TypeVar("Left", "Served", "Busy", "ChangedPlaces")


class Served(NamedTuple):
    """First pass, of places by block: (carriers, places), and distant interference (carriers, blocks, 4), 2**-60 mW.

    ``keys`` are of the transmitters near the tile, ``server`` rows of those; ``users`` see ``Users``.
    """

    keys: Integers
    users_block: Integers
    users_near: Integers
    users_people: npt.NDArray[np.float64]
    users_traffic: npt.NDArray[np.float64]
    users_interfered: npt.NDArray[np.float64]
    users_x_m: npt.NDArray[np.float64]
    users_y_m: npt.NDArray[np.float64]
    carriers: Integers
    server: npt.NDArray[np.int32]
    power_mw: Singles
    dominant_mw: Singles
    near_interference_mw: Singles
    cell_edge_interference_mw: Singles
    distant_interference: Integers

    @property
    def users(self) -> Users:
        return Users(*(getattr(self, f"users_{name}") for name in Users._fields))


class Busy(NamedTuple):
    """Second pass: interference of near cells in the busy hour, and all interference, mW (carriers, places)."""

    carriers: Integers
    near_interference_mw: Singles
    total_interference_mw: Singles


class ChangedPlaces(NamedTuple):
    """What the second pass computes again: near interference (carriers, blocks), and figures (places)."""

    near: Flags
    places: Flags


def write_left(target: Path, left: Served | Busy | ChangedPlaces) -> None:
    def write(stream: Any) -> None:
        for part in left:
            np.save(stream, part)

    write_arrays(target, write)


def read_left(record: type[Left], source: Path) -> Left:
    with source.open("rb") as stream:
        return record(*(np.load(stream) for _ in record._fields))


def users_in(source: Path, keys: Integers) -> Users:
    """The users of a tile by row of all of the network's transmitters, which have these keys."""
    with source.open("rb") as stream:
        near, users = np.load(stream), Users(*(np.load(stream) for _ in Users._fields))
    return users._replace(near=rows_of(near, keys)[users.near])


def users_by_site(users: Users, sites: Integers) -> pd.DataFrame:
    """``site``, ``block`` and ``people`` of all users whose transmitter, a row of ``sites``, has a site."""
    site = sites[users.near]
    table = pd.DataFrame({"site": site, "block": users.block, "people": users.people})[site >= 0]
    return table.groupby(["site", "block"], sort=True)["people"].sum().reset_index()


def rows_of(wanted: Integers, keys: Integers) -> Integers:
    """The row of each wanted transmitter among those with these keys, -1 where it is not."""
    return pd.Index(keys).get_indexer(pd.Index(wanted)).astype(np.int64)


def nothing_served(keys: Integers, carriers: Integers, places: int, blocks: int) -> Served:
    """Servers before any transmitter is added."""

    def none() -> Singles:
        return np.zeros((len(carriers), places), np.float32)

    return Served(
        keys,
        *room_for_users(0),
        carriers,
        np.full((len(carriers), places), NO_SERVER, np.int32),
        none(),
        none(),
        none(),
        none(),
        np.zeros((len(carriers), blocks, 4), np.int64),
    )


def nothing_changed(carriers: int, places: int, blocks: int) -> ChangedPlaces:
    """No difference between the first pass and the previous run."""
    return ChangedPlaces(np.zeros((carriers, blocks), np.bool_), np.zeros(places, np.bool_))


def nothing_busy(carriers: Integers, places: int) -> Busy:
    return Busy(carriers, *(np.zeros((len(carriers), places), np.float32) for _ in range(2)))


def merged(old: Users, new: Users, is_new: Flags) -> Users:
    """The old rows of blocks that are not ``is_new`` and the new rows of the others, by block."""
    unchanged = ~is_new[old.block]
    block = np.concatenate([old.block[unchanged], new.block])
    order = np.argsort(block, kind="stable")
    return Users(*(np.concatenate([before[unchanged], after])[order] for before, after in zip(old, new, strict=True)))


Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]
_OF_PLACES = ("edge_mbps", "busy_mbps", "fixed_mbps", "received_", "server_", "probability_")


def write_figures(
    target: Path, figures: Figures, places: Integers, fields: list[str], fixed_mbps: Floats, old: Columns
) -> None:
    """One row a place: ``figures`` of the rows ``places``, of the others the ``old`` ones."""
    columns: Columns = dict(zip(fields, np.ascontiguousarray(figures.flags.T), strict=True))
    columns |= {"edge_mbps": figures.edge_mbps, "busy_mbps": figures.busy_mbps}
    for row, technology in enumerate(TECHNOLOGIES):
        columns |= {
            f"received_{technology}_dbm": figures.received_dbm[row],
            f"server_{technology}": figures.server[row],
            f"probability_{technology}": figures.coverage_probability[row],
        }
    columns |= {
        f"uncertainty_{name}": figures.uncertainty_component[row] for row, name in enumerate(UNCERTAINTY_COMPONENTS)
    }
    table: Columns = {}
    for name, values in columns.items():
        table[name] = old[name].copy() if old else np.empty(len(fixed_mbps), values.dtype)
        table[name][places] = values
    table["fixed_mbps"] = fixed_mbps.astype(np.float32)
    with atomic_write(target) as path:
        feather.write_feather(pa.table(table), path, compression="lz4")


def read_figures(source: Path, wanted: Callable[[str], bool] = lambda _: True) -> Columns:
    """The wanted columns, or all; bytes of the coverage bitmask as they are (see ``bit_flags``)."""
    with pa.OSFile(str(source)) as stream:
        names = [name for name in pa.ipc.open_file(stream).schema.names if wanted(name)]
    table = feather.read_table(source, columns=names)
    return {name: table.column(name).to_numpy() for name in names}


def is_summed(name: str) -> bool:
    """The coverage bitmask and the components of uncertainty are summed over people."""
    return not name.startswith(_OF_PLACES)
