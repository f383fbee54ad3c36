"""What the signal stage leaves of each tile: what its places receive, between the passes, and their figures."""

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
from coverage.signal.terms import Received
from coverage.store import whole_file, write_arrays
from coverage.tables import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]

_OF_PLACES = ("edge_mbps", "busy_mbps", "fixed_mbps", "received_", "server_", "probability_")


def write_received(target: Path, received: Received, users: Floats, work: Floats) -> None:
    """What the second pass needs of the first, and each near transmitter's users and work."""
    write_arrays(target, lambda stream: np.savez(
        stream, power=received.power_mw, strongest=received.strongest_other_mw.astype(np.float32),
        interference=received.edge_interference_mw.astype(np.float32), server=received.server.astype(np.int32),
        near=received.near, users=users, work=work,
    ))  # fmt: skip


def read_received(source: Path, near: Integers, channels: Integers) -> Received:
    with np.load(source) as kept:
        edge = kept["interference"].astype(np.float64)
        strongest = kept["strongest"].astype(np.float64)
        return Received(kept["power"], strongest, edge, edge, kept["server"].astype(np.int64), near, channels)


def nothing_received(places: int) -> Received:
    """Where there is no transmitter at all."""
    none, nobody = np.zeros((0, places)), np.zeros(0, dtype=np.int64)
    return Received(none, none, none, none, np.zeros((0, places), dtype=np.int64), nobody, nobody)


def write_figures(target: Path, found: Figures, order: Integers, fields: list[str], fixed_mbps: Floats) -> None:
    """One row a place, in the places' own order; ``order`` is that in which they were worked out."""
    columns: Columns = dict(zip(fields, np.ascontiguousarray(found.flags.T), strict=True))
    columns |= {"edge_mbps": found.edge_mbps, "busy_mbps": found.busy_mbps}
    for row, technology in enumerate(TECHNOLOGIES):
        columns |= {
            f"received_{technology}_dbm": found.received_dbm[row], f"server_{technology}": found.cell[row],
            f"probability_{technology}": found.chance[row],
        }  # fmt: skip
    columns |= {f"doubt_{name}": found.doubt[row] for row, name in enumerate(DOUBTS)}
    sorted_as = np.argsort(order)
    table = {name: values[sorted_as] for name, values in columns.items()}
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
