"""Chains of propagation models: outside the valid range of one model the next takes its place.

The first model whose frequency and heights take the link is used over its distances. Nearer, the next one is used, but
never with more loss than the first has where it begins; farther, the next one's, but never with less than the first
has where it ends. The next model is the rest of the chain, ending in free space. Beyond the farthest range of all
nothing is claimed and the loss is infinite. So the loss never falls with distance and is never below free space.

Where no model of the chain takes the link none is guessed: the loss is free space, trusted for 1 km. Free space named
in a chain adds nothing, for every chain ends in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model
from commune_coverage.radio.propagation.free_space import FREE_SPACE, free_space_loss_db
from commune_coverage.radio.propagation.registry import propagation_models

UNKNOWN_REACH_M = 1000.0
"""How far free space is trusted where no model of the chain takes the link: an assumption."""

UNKNOWN_SIGMA_DB = 10.0
"""Shadowing where no model of the chain takes the link: that of TR 36.942, an assumption."""


def usable(names: Sequence[str], link: Link) -> list[Model]:
    """Models of a chain that are valid for a link.

    Parameters
    ----------
    names : sequence of str
        Names of models, in order of preference.
    link : Link
        Frequency and heights.

    Returns
    -------
    list of Model
        In the order of the chain, without free space.

    Raises
    ------
    KeyError
        For a name that is not registered.
    """
    models = propagation_models()
    return [models[name] for name in names if name != FREE_SPACE.name and not models[name].why_not(link)]


def chain_reach_m(names: Sequence[str], link: Link) -> float:
    """Distance beyond which a chain claims nothing.

    Parameters
    ----------
    names : sequence of str
        Names of models, in order of preference.
    link : Link
        Frequency and heights.

    Returns
    -------
    float, m
        Farthest valid distance of all models; 1 km where none is valid.
    """
    return max((model.distance_m[1] for model in usable(names, link)), default=UNKNOWN_REACH_M)


def chain_sigma_db(names: Sequence[str], link: Link) -> float:
    """Shadowing of a chain: that of the first model that is valid for the link.

    Parameters
    ----------
    names : sequence of str
        Names of models, in order of preference.
    link : Link
        Frequency and heights.

    Returns
    -------
    float, dB
        Standard deviation.
    """
    return next((model.sigma_db for model in usable(names, link)), UNKNOWN_SIGMA_DB)


def chain_loss_db(names: Sequence[str], distance_m: Floats, link: Link, chosen_for: Link | None = None) -> Floats:
    """Median loss of a chain.

    Parameters
    ----------
    names : sequence of str
        Names of models, in order of preference.
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and heights.
    chosen_for : Link, optional
        Use the models that are valid for this link: how the loss of one choice of models changes with a height or
        frequency that is not known, rather than how the models differ.

    Returns
    -------
    float64, dB
        In the shape of ``distance_m``; +inf beyond the reach.
    """
    distance_m, chosen_for = np.asarray(distance_m, dtype=np.float64), chosen_for or link
    loss = _spliced(usable(names, chosen_for), distance_m, link)
    return np.where(distance_m <= chain_reach_m(names, chosen_for), loss, np.inf)


def _spliced(models: list[Model], distance_m: Floats, link: Link) -> Floats:
    free_space = free_space_loss_db(distance_m, link)
    if not models:
        return free_space
    model, (near_m, far_m) = models[0], models[0].distance_m
    next_loss = _spliced(models[1:], distance_m, link)
    ends = model.loss_db(np.array([near_m, far_m]), link)
    own = model.loss_db(np.clip(distance_m, near_m, far_m), link)
    nearer, farther = np.minimum(next_loss, ends[0]), np.maximum(next_loss, ends[1])
    loss = np.where(distance_m < near_m, nearer, np.where(distance_m > far_m, farther, own))
    return np.maximum(loss, free_space)
