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
from commune_coverage.core.files import atomic_write, read_json, read_table, write_arrays
from commune_coverage.population.tables import tile_file
from commune_coverage.radio.service.carrier import Figures
from commune_coverage.radio.service.users import Users, room_for_users
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.radio.uncertainty import UNCERTAINTY_COMPONENTS
from commune_coverage.schema.inputs import TECHNOLOGIES


@dataclass(frozen=True)
class SignalFiles:
    """Paths in a run's stages folder; those of tiles in another, where other places than the people's are computed."""

    folder: Path
    other_places: Path | None = None

    @property
    def places_folder(self) -> Path:
        """Where places are, and what is computed of them, tile by tile."""
        return self.other_places or self.folder

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
    def stations(self) -> Path:
        """Base stations of a crowd's cells, by the row that ``cells`` names."""
        return self.folder / "stations.parquet"

    @property
    def spectrum(self) -> Path:
        """What operators hold."""
        return self.folder / "spectrum.parquet"

    @property
    def spectrum_areas(self) -> Path:
        """The areas in which they hold it."""
        return self.folder / "spectrum_areas.parquet"

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
    def carrier_corrections(self) -> Path:
        """What drive tests say of single carriers beyond their environments, dB."""
        return self.folder / "transmitters" / "carrier_corrections.json"

    @property
    def known_coverage(self) -> Path:
        return self.folder / "known_coverage.parquet"

    @property
    def level_offsets(self) -> Path:
        """Offsets of the level by operator and technology, as published shares ask for."""
        return self.folder / "transmitters" / "level_offsets.json"

    def required_offsets(self, tile: int) -> Path:
        """What each place of a tile needs to be covered, by operator and technology."""
        return self.places_folder / "required_offsets" / f"{tile:05d}.arrow"

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
        return self.places_folder / "serving_cells" / f"{tile:05d}.arrays"

    def users(self, tile: int) -> Path:
        """People of a tile by site and square of 1 km."""
        return self.places_folder / "cell_users" / f"{tile:05d}.parquet"

    @property
    def changed_folder(self) -> Path:
        return self.places_folder / "changed"

    def changed(self, tile: int) -> Path:
        """Where the first pass differs from the previous run; removed when the stage ends."""
        return self.changed_folder / f"{tile:05d}.arrays"

    def busy(self, tile: int) -> Path:
        """Interference by the second pass over a tile; the next run starts from it."""
        return self.places_folder / "busy_hour" / f"{tile:05d}.arrays"

    def served(self, tile: int) -> list[Path]:
        """What the first pass writes; a tile whose last file is there is done."""
        return [self.changed(tile), self.servers(tile)]

    def drawn(self, tile: int) -> list[Path]:
        """What the second pass writes; a tile whose last file is there is done."""
        return [self.busy(tile), self.levels(tile), self.figures(tile)]

    def read_for(self, country: Country, before: SignalFiles | None, tile: int) -> list[Path]:
        """What the passes over a tile may read; some of it is there in the second only, some never."""
        elevation, radios = country.layers.elevation, country.radio.radios
        from_inputs = ([elevation.path] if elevation else []) + ([radios] if radios else [])
        earlier = before.left_for(tile) if before else []
        tables = (
            self.fibre,
            self.carriers,
            self.pathloss_classes,
            self.calibration,
            self.scale,
            self.urbanisation_grid,
        )
        own = [tile_file(self.places_folder, tile), self.changed(tile), *self.left_for(tile)]
        return [*own, *tables, *earlier, *from_inputs]

    def left_for(self, tile: int) -> list[Path]:
        """What a later run reads of this one."""
        levels = [self.carrier_corrections, self.level_offsets]
        of_network = [self.transmitters, self.network_patterns, self.loads, self.carrier_loads, *levels]
        return [*of_network, self.servers(tile), *self.drawn(tile)]

    def figures(self, tile: int) -> Path:
        """The signal table of one tile."""
        return self.places_folder / "radio" / f"{tile:05d}.arrow"

    def levels(self, tile: int) -> Path:
        """What each operator and technology gives the places of one tile, see ``level_tiles``."""
        return self.places_folder / "levels" / f"{tile:05d}.arrow"


def operators_of(folder: Path) -> list[str]:
    """Operators with a carrier, by name: the order of their numbers in the signal tables."""
    return sorted(read_table(SignalFiles(folder).carriers)["operator"].unique())


def carrier_corrections_db(files: SignalFiles, carriers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """What drive tests add to the level of each carrier, beyond what they say of environments."""
    keys = ["operator", "technology", "frequency_mhz"]
    own = {tuple(row[key] for key in keys): row["correction_db"] for row in _rows(files.carrier_corrections)}
    triples = carriers[keys].itertuples(index=False, name=None)
    return np.array([own.get(triple, 0.0) for triple in triples], dtype=np.float64)


def carrier_offsets_db(files: SignalFiles, carriers: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Offset of the level of each carrier: by drive tests, and that of its operator and technology by shares."""
    shared = {(row["operator"], row["technology"]): row["offset_db"] for row in _rows(files.level_offsets)}
    pairs = carriers[["operator", "technology"]].itertuples(index=False, name=None)
    by_share = np.array([shared.get(pair, 0.0) for pair in pairs], dtype=np.float64)
    return carrier_corrections_db(files, carriers) + by_share


def has_other_offsets(before: SignalFiles | None, files: SignalFiles) -> bool:
    """Whether the run before had other levels, so that every figure differs."""
    if before is None:
        return False
    then, now = ((each.carrier_corrections, each.level_offsets) for each in (before, files))
    return [_rows(path) for path in then] != [_rows(path) for path in now]


def _rows(source: Path) -> list[dict[str, Any]]:
    return list(read_json(source)) if source.is_file() else []


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
BY_WIDTH = "served_by_width"
"""Bits of ``Figures.by_width``."""
_OF_PLACES = ("edge_mbps", "busy_mbps", "fixed_mbps", "received_", "server_", "probability_", BY_WIDTH)


def write_figures(
    target: Path, figures: Figures, places: Integers, fields: list[str], fixed_mbps: Floats, old: Columns
) -> None:
    """One row a place: ``figures`` of the rows ``places``, of the others the ``old`` ones."""
    columns: Columns = dict(zip(fields, np.ascontiguousarray(figures.flags.T), strict=True))
    columns |= {"edge_mbps": figures.edge_mbps, "busy_mbps": figures.busy_mbps, BY_WIDTH: figures.by_width}
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
