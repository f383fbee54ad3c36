"""How people share cells in the busy hour: who chooses which cell, how busy that makes it, what is left for each.

People use the operators that cover them, by market share, each on the channel of the greatest edge speed. Each user
asks for the same mean of Mbps; a cell that serves some of them at a low speed is busy for longer. A cell that is busy
for a share of the time gives each of its users what is left of it (processor sharing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_LEFT = 0.02


@dataclass(frozen=True)
class Chosen:
    """One operator's best channel at each place: its edge speed (0 where not covered), speed and transmitter."""

    edge_mbps: Floats
    typical_mbps: Floats
    server: Integers


def share_left(busy_share: Floats) -> Floats:
    """Part of a cell's speed that a user gets while the cell is busy for ``busy_share`` of the time.

    A cell that is asked for more than it can give still gives LEAST_LEFT.
    """
    return np.maximum(1 - busy_share, LEAST_LEFT)


def sending_share(busy_share: Floats, idle_share: float) -> Floats:
    """Part of the time that a cell sends: ``idle_share`` for its signalling, always while it is busy."""
    return idle_share + (1 - idle_share) * np.minimum(busy_share, 1.0)


def users_and_work(people: Floats, operators: list[Chosen], market: Floats, transmitters: int) -> tuple[Floats, Floats]:
    """Of each transmitter: people who are its customers, and the sum over them of seconds per megabit.

    ``market`` is each operator's part; where some do not cover a place, the others share their part of its people.
    """
    part = np.array([chosen.edge_mbps > 0 for chosen in operators]) * market[:, None]
    whole = part.sum(axis=0)
    users, work = np.zeros(transmitters), np.zeros(transmitters)
    for chosen, own in zip(operators, part, strict=True):
        here = own > 0
        customers = people[here] * own[here] / whole[here]
        server = chosen.server[here]
        users += np.bincount(server, weights=customers, minlength=transmitters)
        work += np.bincount(server, weights=customers / chosen.typical_mbps[here], minlength=transmitters)
    return users, work
