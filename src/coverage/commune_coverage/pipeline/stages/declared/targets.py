"""What is summed: who covers with which technology, at least at which speed, and where the receiver is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import pandas as pd

from commune_coverage.readers.declared.claims import ANY_SPEED_MBPS
from commune_coverage.schema.inputs import ENVIRONMENTS, TECHNOLOGIES

ANY = "any"
_KEY = ["operator", "technology", "speed_mbps", "environment"]


class Target(NamedTuple):
    """Places that some claims cover.

    Attributes
    ----------
    operator : str
        The operator; ``ANY`` for those that declare anything.
    technology : str
        The technology; ``ANY`` for those that are declared.
    speed_mbps : float
        The least speed of the claims, Mbps; ``ANY_SPEED_MBPS`` for a signal of any speed.
    environment : str
        Where the receiver is.
    claims : tuple of int
        Numbers of the claims, one of which must cover a place.
    declared_by : str
        Their operators.
    date : str
        The oldest of their dates; '' where one states none.
    """

    operator: str
    technology: str
    speed_mbps: float
    environment: str
    claims: tuple[int, ...]
    declared_by: str
    date: str


def newest_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Keep of each claim that is made of several days the newest; what states no day counts in any case.

    Parameters
    ----------
    claims : DataFrame, (claims,)
        As the layer ``coverage`` lists them.

    Returns
    -------
    DataFrame
        The claims that count.
    """
    # A table of places counts its own people: files of another kind do not take its place.
    newest = claims.groupby([*_KEY, claims["kind"] == "places"])["date"].transform("max")
    return claims[(claims["date"] == "") | (claims["date"] == newest)]


def targets_of(claims: pd.DataFrame, thresholds_mbps: Sequence[float]) -> list[Target]:
    """List what can be said of claims: by operator and any, technology and any, speed and environment.

    Parameters
    ----------
    claims : DataFrame, (claims,)
        Those that count.
    thresholds_mbps : sequence of float
        Speeds of which the country wants to know, Mbps.

    Returns
    -------
    list of Target
        Those with a claim, in a fixed order. Who declares a speed declares every lower one as well.
    """
    speeds = sorted({ANY_SPEED_MBPS, *map(float, thresholds_mbps), *claims["speed_mbps"]})
    operators, technologies = [*sorted(set(claims["operator"])), ANY], [*TECHNOLOGIES, ANY]
    found = []
    for operator, technology, environment, speed_mbps in product(operators, technologies, ENVIRONMENTS, speeds):
        held = claims[(claims["speed_mbps"] >= speed_mbps) & (claims["environment"] == environment)]
        held = held if operator == ANY else held[held["operator"] == operator]
        held = held if technology == ANY else held[held["technology"] == technology]
        if len(held):
            numbers, by = tuple(held["number"].tolist()), ", ".join(sorted(set(held["operator"])))
            found.append(Target(operator, technology, speed_mbps, environment, numbers, by, min(held["date"])))
    return found
