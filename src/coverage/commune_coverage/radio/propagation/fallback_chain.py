"""The rule for what lies outside a model's range: the models of a chain take each other's place.

The first model whose frequency and heights take the link is used over its distances. Nearer, it is the next one's turn,
but never with more loss than the first has where it begins; farther, the next one's, but never with less than the first
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
from commune_coverage.radio.propagation.registry import MODELS

UNKNOWN_REACH_M = 1000.0
"""How far free space is trusted where no model of the chain takes the link: an assumption."""

UNKNOWN_SIGMA_DB = 10.0
"""Shadowing where no model of the chain takes the link: that of TR 36.942, an assumption."""


def usable(names: Sequence[str], link: Link) -> list[Model]:
    """The models of the chain that take the link, in its order. Raises KeyError for a name that MODELS lacks."""
    return [MODELS[name] for name in names if name != FREE_SPACE.name and not MODELS[name].why_not(link)]


def chain_reach_m(names: Sequence[str], link: Link) -> float:
    """The distance beyond which nothing is claimed."""
    return max((model.distance_m[1] for model in usable(names, link)), default=UNKNOWN_REACH_M)


def chain_sigma_db(names: Sequence[str], link: Link) -> float:
    """Shadowing of the first model that takes the link."""
    return next((model.sigma_db for model in usable(names, link)), UNKNOWN_SIGMA_DB)


def chain_loss_db(names: Sequence[str], distance_m: Floats, link: Link, chosen_for: Link | None = None) -> Floats:
    """Median loss of the chain at each distance along the ground (any shape), +inf beyond its reach.

    With ``chosen_for`` the models are those that take that link: how the loss of one choice of models changes with a
    height or frequency that is not known, rather than how the models differ.
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
