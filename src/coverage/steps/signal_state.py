"""What the passes over a tile leave for each other and for the next night: arrays one after another in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.signal.tile import NO_SERVER
from coverage.signal.users import Users
from coverage.store import write_arrays

Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Left = TypeVar("Left", "Served", "Busy", "Moved")


class Served(NamedTuple):
    """First pass, of places in blocks: (channels, places), and the far field (channels, blocks, 4) of 2**-60 mW.

    ``keys`` are of the transmitters near the tile, ``server`` rows of those; ``users`` see ``Users``.
    """

    keys: Integers
    users_block: Integers
    users_near: Integers
    users_people: npt.NDArray[np.float64]
    users_work: npt.NDArray[np.float64]
    channels: Integers
    server: npt.NDArray[np.int32]
    power_mw: Singles
    strongest_mw: Singles
    near_mw: Singles
    edge_mw: Singles
    far_field: Integers

    @property
    def users(self) -> Users:
        return Users(self.users_block, self.users_near, self.users_people, self.users_work)


class Busy(NamedTuple):
    """Second pass: what near cells send as busy as they are, and all of the interference (channels, places)."""

    channels: Integers
    near_mw: Singles
    all_mw: Singles


class Moved(NamedTuple):
    """What the second pass asks again: near interference (channels, blocks), and places (places)."""

    near: Flags
    places: Flags


def write_left(target: Path, left: Served | Busy | Moved) -> None:
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
        keys, *nobody, channels, np.full((len(channels), places), NO_SERVER, np.int32), none(), none(), none(),
        none(),
        np.zeros((len(channels), blocks, 4), np.int64),
    )  # fmt: skip


def nothing_moved(channels: int, places: int, blocks: int) -> Moved:
    """Where the first pass found all as it was."""
    return Moved(np.zeros((channels, blocks), np.bool_), np.zeros(places, np.bool_))


def nothing_busy(channels: Integers, places: int) -> Busy:
    return Busy(channels, *(np.zeros((len(channels), places), np.float32) for _ in range(2)))


def merged(old: Users, new: Users, is_new: Flags) -> Users:
    """The old rows of blocks that are not ``is_new`` and the new rows of the others, by block."""
    kept = ~is_new[old.block]
    block = np.concatenate([old.block[kept], new.block])
    order = np.argsort(block, kind="stable")
    return Users(*(
        np.concatenate([before[kept], after])[order] for before, after in zip(old, new, strict=True)
    ))  # fmt: skip
