"""The signal table of a tile: one row a place, its figures and flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import feather

from coverage.signal.channel_figures import Figures
from coverage.signal.doubt import DOUBTS
from coverage.store import whole_file
from coverage.tables import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
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
            f"received_{technology}_dbm": found.received_dbm[row], f"server_{technology}": found.server[row],
            f"probability_{technology}": found.chance[row],
        }  # fmt: skip
    columns |= {f"doubt_{name}": found.doubt[row] for row, name in enumerate(DOUBTS)}
    table: Columns = {}
    for name, values in columns.items():
        table[name] = old[name].copy() if old else np.empty(len(fixed_mbps), values.dtype)
        table[name][places] = values
    table["fixed_mbps"] = fixed_mbps.astype(np.float32)
    with whole_file(target) as path:
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
