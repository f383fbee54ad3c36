"""How sure a commune's figures are: measured, modelled, or too little to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
MEASURED, MODELLED, DATA_POOR = "measured", "modelled", "data-poor"
WORTH_SAYING = 0.05
_WEAKNESS = {MEASURED: 0, MODELLED: 1, DATA_POOR: 2, "": -1}


@dataclass(frozen=True)
class TowerEvidence:
    """What is known of the towers layer: a register is complete; a crowd's file shows where people measured."""

    is_complete: bool
    is_synthetic: bool
    measured_samples: int
    data_poor_samples: int


def internet_evidence(
    people: Floats, samples: Floats, covered_share: Floats, towers: TowerEvidence, old_samples: Floats
) -> tuple[Texts, Texts]:
    """(class, note) of each commune's internet figures; ``old_samples`` are those too old to count.

    Measured: the crowd took at least ``measured_samples`` measurements on cells standing in the
    commune. Data-poor: nobody counted there, or no signal is modelled and a file that is no
    complete register holds fewer than ``data_poor_samples``: no evidence is not no coverage.
    """
    evidence = np.full(len(people), MODELLED, dtype=object)
    note = np.full(len(people), "", dtype=object)
    if not towers.is_synthetic:
        evidence[samples >= towers.measured_samples] = MEASURED
        outdated = (samples < towers.measured_samples) & (samples + old_samples >= towers.measured_samples)
        note[outdated] = "the measurements here are too old to count as such"
    silent = ~(covered_share > 0) & (samples < towers.data_poor_samples) & (not towers.is_complete)
    _poor(evidence, note, silent, "no cell reported in or near the commune by a source that is not complete")
    _poor(evidence, note, ~(people > 0), "no people counted in the commune")
    return evidence, note


def reach_evidence(people: Floats, reasons: Mapping[str, Floats]) -> tuple[Texts, Texts]:
    """(class, note) of each commune's delivery or payment figures: modelled, or data-poor where nobody is counted.

    ``reasons`` are shares of people by what weakens the figure, as a sentence with a place for the share; the first
    that concerns ``WORTH_SAYING`` of the people or more is said.
    """
    evidence = np.full(len(people), MODELLED, dtype=object)
    note = np.full(len(people), "", dtype=object)
    for sentence, share in reasons.items():
        for commune in np.flatnonzero((share >= WORTH_SAYING) & (note == "")):
            note[commune] = sentence.format(share=f"{share[commune]:.0%}")
    _poor(evidence, note, ~(people > 0), "no people counted in the commune")
    return evidence, note


def unavailable(communes: int, reason: str) -> tuple[Texts, Texts]:
    """(class, note) where the figure cannot be had at all."""
    return np.full(communes, DATA_POOR, dtype=object), np.full(communes, reason, dtype=object)


def _poor(evidence: Texts, note: Texts, where: npt.NDArray[np.bool_], reason: str) -> None:
    evidence[where] = DATA_POOR
    note[where] = reason


def weaker(first: Texts, second: Texts) -> Texts:
    """The weaker of two classes, element by element."""
    return np.array(
        [a if _WEAKNESS[a] >= _WEAKNESS[b] else b for a, b in zip(first, second, strict=True)], dtype=object
    )


MAX_REASONS = 3
_MIN_SHARE = 0.005
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
    order = np.argsort(-share, axis=0, kind="stable")[:MAX_REASONS]
    texts = np.full(len(people), "", dtype=object)
    for commune in range(len(people)):
        chosen = [row for row in order[:, commune] if share[row, commune] >= _MIN_SHARE]
        texts[commune] = "; ".join(f"{WORDS[names[row]]} ({share[row, commune]:.1%} of people)" for row in chosen)
    return texts
