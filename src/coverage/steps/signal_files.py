"""Where the signal stage keeps what its passes leave for each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coverage.country import Country
from coverage.store import read_table, tile_file


@dataclass(frozen=True)
class SignalFiles:
    """Paths in a run's stages folder."""

    folder: Path

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

    def servers(self, tile: int) -> Path:
        """What the first pass over a tile finds; the next night goes on from it."""
        return self.folder / "servers" / f"{tile:05d}.arrays"

    def users(self, tile: int) -> Path:
        """People of a tile by site and square of 1 km."""
        return self.folder / "users" / f"{tile:05d}.parquet"

    @property
    def moved_folder(self) -> Path:
        return self.folder / "moved"

    def moved(self, tile: int) -> Path:
        """Where the first pass found a difference to the night before; gone when the stage ends."""
        return self.moved_folder / f"{tile:05d}.arrays"

    def busy(self, tile: int) -> Path:
        """What the second pass finds of the interference in a tile; the next night goes on from it."""
        return self.folder / "busy" / f"{tile:05d}.arrays"

    def served(self, tile: int) -> list[Path]:
        """What the first pass writes; a tile whose last file is there is done."""
        return [self.moved(tile), self.servers(tile)]

    def drawn(self, tile: int) -> list[Path]:
        """What the second pass writes; a tile whose last file is there is done."""
        return [self.busy(tile), self.figures(tile)]

    def read_for(self, country: Country, before: SignalFiles | None, tile: int) -> list[Path]:
        """What the passes over a tile may read; some of it is there in the second only, some never."""
        elevation, radios = country.layers.elevation, country.signal.radios
        from_inputs = ([elevation.path] if elevation else []) + ([radios] if radios else [])
        earlier = before.left_for(tile) if before else []
        tables = (self.fibre, self.channels, self.kinds, self.calibration)
        own = [tile_file(self.folder, tile), self.moved(tile), *self.left_for(tile)]
        return [*own, *tables, *earlier, *from_inputs]

    def left_for(self, tile: int) -> list[Path]:
        """What a later night reads of this one."""
        return [self.transmitters, self.loads, self.servers(tile), self.busy(tile), self.figures(tile)]

    def figures(self, tile: int) -> Path:
        """The signal table of one tile."""
        return self.folder / "signal" / f"{tile:05d}.arrow"


def operators_of(folder: Path) -> list[str]:
    """Operators with a channel, by name: the order of their numbers in the signal tables."""
    return sorted(read_table(SignalFiles(folder).channels)["operator"].unique())
