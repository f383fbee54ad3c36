"""What the pages of the public edition are made of: towers, hubs, pictures and earlier runs that may be seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from commune_coverage.publish.editions.shown import DETAILED_PICTURES, DETAILED_PLACES
from commune_coverage.site.data.history import RunHistory
from commune_coverage.site.data.points import Points


def public_pictures(confidential: Collection[str]) -> list[str]:
    """The artifacts whose pictures of places are for the public."""
    return [name for name, layers in DETAILED_PICTURES.items() if set(layers).isdisjoint(confidential)]


def public_places(confidential: Collection[str]) -> list[str]:
    """The files of all places that are for the public."""
    return [name for name, layers in DETAILED_PLACES.items() if set(layers).isdisjoint(confidential)]


def public_history(history: RunHistory, confidential: Collection[str]) -> RunHistory:
    """Earlier runs: none where people are not public, for figures withheld today stood in them."""
    return RunHistory() if "people" in confidential else history


def public_points(points: Points | None, confidential: Collection[str]) -> Points | None:
    """Towers, hubs and payment points that are public; None where none are.

    Whom they serve is left out where people are not public: an area around users says where they live.
    """
    if points is None or {"towers", "hubs", "payments"} <= set(confidential):
        return None
    communes = len(points.nearest)
    if "towers" in confidential:
        points = replace(points, sites=points.sites[:0], servers=[[] for _ in range(communes)])
    if "hubs" in confidential:
        points = replace(points, hubs=points.hubs[:0], nearest=[None] * communes)
    if "payments" in confidential:
        points = replace(points, payments=points.payments[:0])
    if "people" not in confidential:
        return points
    sites = points.sites.assign(people=np.nan, hull=_each(points.sites, None))
    hubs = points.hubs.assign(people=np.nan, load=np.nan, communes=_each(points.hubs, []))
    return Points(sites, hubs, [None] * communes, [[] for _ in range(communes)], points.payments)


def _each(table: pd.DataFrame, value: object) -> pd.Series:
    return pd.Series([value] * len(table), index=table.index, dtype=object)
