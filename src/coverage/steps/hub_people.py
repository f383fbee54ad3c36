"""Whom each hub has: people by the hub nearest to them in the dry season, and by commune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from coverage.people import Shares
from coverage.store import write_arrays


class HubPeople:
    """People of (hubs x communes), tile by tile."""

    def __init__(self, hubs: int, communes: int) -> None:
        self.people = sparse.csr_matrix((hubs, communes))

    def take(self, hub: npt.NDArray[np.int64], shares: Shares) -> None:
        """Count a tile whose places have these ``hub`` rows; below 0 is none."""
        has_one = hub[shares.place] >= 0
        at = hub[shares.place][has_one], shares.commune[has_one]
        self.people = self.people + sparse.csr_matrix((shares.people[has_one], at), shape=self.people.shape)

    def write(self, folder: Path) -> None:
        """Write ``hub_people.npz``."""

        def save(stream: Any) -> None:
            sparse.save_npz(stream, self.people, compressed=False)

        write_arrays(_file(folder), save)


def read_hub_people(folder: Path) -> sparse.csr_matrix | None:
    """What was written, or None where no hub can be had."""
    return sparse.load_npz(_file(folder)) if _file(folder).is_file() else None


def _file(folder: Path) -> Path:
    return folder / "hub_people.npz"
