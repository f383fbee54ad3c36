"""Whom each hub has: people by the hub nearest to them in the dry season, and by commune."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.store import write_arrays

# Who only reads needs no compiler.
if TYPE_CHECKING:
    from coverage.people import Shares


class HubPeople:
    """People of (hubs x communes), tile by tile."""

    def __init__(self, hubs: int, communes: int) -> None:
        self._shape = hubs, communes
        self._tiles: list[sparse.coo_array] = []

    def take(self, hub: npt.NDArray[np.int64], shares: Shares) -> None:
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

        write_arrays(_file(folder), save)


def read_hub_people(folder: Path) -> sparse.csr_matrix | None:
    """What was written, or None where no hub can be had."""
    return sparse.load_npz(_file(folder)) if _file(folder).is_file() else None


def _file(folder: Path) -> Path:
    return folder / "hub_people.npz"
