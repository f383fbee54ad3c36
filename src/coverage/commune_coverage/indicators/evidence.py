"""Classes of evidence of a commune's figures: measured, observed, modelled, declared, or too little to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
MEASURED, OBSERVED, MODELLED = "measured", "observed", "modelled"
DECLARED, DATA_POOR = "declared", "data-poor"
MIN_NOTED_SHARE = 0.05
_WEAKNESS = {MEASURED: 0, OBSERVED: 1, MODELLED: 2, DECLARED: 3, DATA_POOR: 4, "": -1}


@dataclass(frozen=True)
class TowerEvidence:
    """What is known of the towers layer.

    Attributes
    ----------
    is_complete : bool
        A register of all cells; a crowd-sourced file shows where people measured.
    is_synthetic : bool
        Synthetic towers of a real country.
    observed_samples : int
        Measurements from which on the cells of a commune count as observed.
    data_poor_samples : int
        Measurements below which no signal is no evidence of no coverage.
    """

    is_complete: bool
    is_synthetic: bool
    observed_samples: int
    data_poor_samples: int


def internet_evidence(
    people: Floats, samples: Floats, covered_share: Floats, towers: TowerEvidence, old_samples: Floats
) -> tuple[Texts, Texts]:
    """Classify the evidence of each commune's internet figures.

    Parameters
    ----------
    people : float64[communes]
        People.
    samples : float64[communes]
        Recent measurements on the cells standing in the commune.
    covered_share : float64[communes]
        Greatest share of people covered by any technology.
    towers : TowerEvidence
        What is known of the towers layer.
    old_samples : float64[communes]
        Measurements that are too old to count.

    Returns
    -------
    object[communes], object[communes]
        Class and note. Observed: at least ``observed_samples`` sightings of its cells. Data-poor: nobody counted there,
        or no signal modelled from a source that is no complete register and has fewer than ``data_poor_samples``
        measurements there, for no evidence is not no coverage. Modelled: all others.
    """
    evidence = np.full(len(people), MODELLED, dtype=object)
    note = np.full(len(people), "", dtype=object)
    if not towers.is_synthetic:
        evidence[samples >= towers.observed_samples] = OBSERVED
        outdated = (samples < towers.observed_samples) & (samples + old_samples >= towers.observed_samples)
        note[outdated] = "the measurements here are too old to count as such"
    silent = ~(covered_share > 0) & (samples < towers.data_poor_samples) & (not towers.is_complete)
    _mark_poor(evidence, note, silent, "no cell reported in or near the commune by a source that is not complete")
    _mark_poor(evidence, note, ~(people > 0), "no people counted in the commune")
    return evidence, note


def travel_evidence(
    people: Floats, reasons: Mapping[str, Floats], unknown: npt.NDArray[np.bool_] | None = None
) -> tuple[Texts, Texts]:
    """Classify the evidence of each commune's delivery or payment figures.

    Parameters
    ----------
    people : float64[communes]
        People.
    reasons : mapping of str to float64[communes]
        Share of people by what weakens the figure, a sentence with a place for the ``{share}``.
    unknown : bool[communes], optional
        Where it is not known what people travel with.

    Returns
    -------
    object[communes], object[communes]
        Class, modelled, or data-poor where nobody is counted; and a note, the first reason that concerns
        ``MIN_NOTED_SHARE`` of the people or more.
    """
    evidence = np.full(len(people), MODELLED, dtype=object)
    note = np.full(len(people), "", dtype=object)
    for sentence, share in reasons.items():
        for commune in np.flatnonzero((share >= MIN_NOTED_SHARE) & (note == "")):
            note[commune] = sentence.format(share=f"{share[commune]:.0%}")
    if unknown is not None:
        _mark_poor(evidence, note, unknown, UNKNOWN_MODES)
    _mark_poor(evidence, note, ~(people > 0), "no people counted in the commune")
    return evidence, note


UNKNOWN_MODES = "what people travel with is not known in the commune"
TRAVEL_REASONS = {
    "straight": "minutes are a straight-line assumption",
    "no_road": "{share} of people have water between them and any road",
    "unlinked": "{share} of people have roads that no ground or ferry joins to a pick-up",
    "unreachable_wet": "{share} of people have no way to a pick-up in the wet season",
    "on_foot": "no road is mapped for {share} of the minutes, which are on foot",
}
"""What weakens the figures of delivery and payment, in words."""


def unavailable(communes: int, reason: str) -> tuple[Texts, Texts]:
    """Return class and note (object[communes] each) of a figure that cannot be had at all."""
    return np.full(communes, DATA_POOR, dtype=object), np.full(communes, reason, dtype=object)


def _mark_poor(evidence: Texts, note: Texts, where: npt.NDArray[np.bool_], reason: str) -> None:
    """Write class and reason into ``evidence`` and ``note``."""
    evidence[where] = DATA_POOR
    note[where] = reason


def weaker(first: Texts, second: Texts) -> Texts:
    """Return the weaker of two classes, element by element (object[communes])."""
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


def uncertainty_reasons(people: Floats, uncertain_people: Mapping[str, Floats]) -> Texts:
    """Name up to three reasons of each commune's uncertainty, with the share of people whose service hangs on each.

    Parameters
    ----------
    people : float64[communes]
        People.
    uncertain_people : mapping of str to float64[communes]
        People whose service differs between low and high, shared out over the reasons (keys of ``WORDS``) by their
        parts of the variance.

    Returns
    -------
    object[communes]
        Text; '' where no reason concerns half a percent of the people.
    """
    names = list(uncertain_people)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.array([np.where(people > 0, uncertain_people[name] / people, 0.0) for name in names])
    order = np.argsort(-share, axis=0, kind="stable")[:MAX_REASONS]
    texts = np.full(len(people), "", dtype=object)
    for commune in range(len(people)):
        chosen = [row for row in order[:, commune] if share[row, commune] >= _MIN_SHARE]
        texts[commune] = "; ".join(f"{WORDS[names[row]]} ({share[row, commune]:.1%} of people)" for row in chosen)
    return texts
