"""Sums by commune as they are kept, and for how many communes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from coverage.store import write_arrays

if TYPE_CHECKING:
    from coverage.steps.medians import Medians

Floats = npt.NDArray[np.float64]


def commune_count(folder: Path) -> int:
    """How many communes the country has."""
    return int(pq.ParquetFile(folder / "communes.parquet").metadata.num_rows)


def write_sums(target: Path, sums: dict[str, Floats], medians: Medians | None = None) -> None:
    """Sums by commune, and medians by commune and of the nation, as one NumPy archive."""
    parts: dict[str, Any] = {f"sum.{name}": values for name, values in sums.items()}
    if medians is not None:
        parts |= {f"median.{name}": values for name, values in medians.by_commune.items()}
        parts |= {f"national.{name}": np.array(value) for name, value in medians.national().items()}
    write_arrays(target, lambda stream: np.savez(stream, **parts))


def read_sums(source: Path) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, float]]:
    """Sums by commune, medians by commune, and medians of the nation."""
    found: dict[str, dict[str, Floats]] = {"sum": {}, "median": {}, "national": {}}
    with np.load(source) as kept:
        for name in kept.files:
            kind, _, called = name.partition(".")
            found[kind][called] = kept[name]
    return found["sum"], found["median"], {name: float(value) for name, value in found["national"].items()}
