"""The reasons for doubt of each commune, greatest first, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

MOST = 3
_LEAST_SHARE = 0.005
WORDS = {
    "model": "the propagation model may be off in this area",
    "power": "the power of the serving cells is assumed",
    "height": "the height of the serving antennas is assumed",
    "band": "the frequency band of the serving cells is assumed",
    "position": "the position of the serving cells is uncertain",
    "users": "how many people share a cell in the busy hour, and its bandwidth, is assumed",
}


def doubts_of(people: Floats, in_doubt: Mapping[str, Floats]) -> Texts:
    """For each commune up to three reasons with the share of people whose service hangs on each; '' without doubt.

    ``in_doubt`` are people whose service differs between low and high, each shared out over the reasons by their parts
    of the variance. A reason that concerns less than half a percent of the people is left out.
    """
    names = list(in_doubt)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.array([np.where(people > 0, in_doubt[name] / people, 0.0) for name in names])
    order = np.argsort(-share, axis=0, kind="stable")[:MOST]
    texts = np.full(len(people), "", dtype=object)
    for commune in range(len(people)):
        chosen = [row for row in order[:, commune] if share[row, commune] >= _LEAST_SHARE]
        texts[commune] = "; ".join(f"{WORDS[names[row]]} ({share[row, commune]:.1%} of people)" for row in chosen)
    return texts
