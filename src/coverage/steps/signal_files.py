"""Where the signal stage keeps what its passes leave for each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coverage.store import read_table


@dataclass(frozen=True)
class SignalFiles:
    """Paths in a run's stages folder."""

    folder: Path

    @property
    def places(self) -> Path:
        return self.folder / "places.parquet"

    @property
    def settled(self) -> Path:
        return self.folder / "settled.npz"

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

    @property
    def servers_folder(self) -> Path:
        return self.folder / "servers"

    def servers(self, tile: int) -> Path:
        """Best servers of one tile, until its figures are made."""
        return self.servers_folder / f"{tile:05d}.npz"

    def figures(self, tile: int) -> Path:
        """The signal table of one tile."""
        return self.folder / "signal" / f"{tile:05d}.arrow"


def operators_of(folder: Path) -> list[str]:
    """Operators with a channel, by name: the order of their numbers in the signal tables."""
    return sorted(read_table(SignalFiles(folder).channels)["operator"].unique())
