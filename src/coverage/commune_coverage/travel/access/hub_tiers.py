"""Tiers of hubs (gateway, sorting centre, branch where parcels are handed over, pick-up point)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from commune_coverage.config.travel import Parcels, Tier

DEFAULT_TIER: Tier = "branch"
TIER_OF: Mapping[str, Tier] = {
    "airport": "gateway",
    "port": "gateway",
    "gateway": "gateway",
    "customs": "gateway",
    "sorting centre": "sorting",
    "sorting center": "sorting",
    "post depot": "sorting",
    "amenity=post_depot": "sorting",
    "post office": "branch",
    "courier": "branch",
    "branch": "branch",
    "amenity=post_office": "branch",
    "office=courier": "branch",
    "post_office": "branch",
    "post partner": "branch",
    "locker": "pickup",
    "parcel locker": "pickup",
    "pick-up point": "pickup",
    "pickup": "pickup",
    "amenity=parcel_locker": "pickup",
    "parcel_pickup": "pickup",
    "post_office=post_partner": "pickup",
}
COLLECT_FROM = ("branch", "pickup")


def with_tiers(hubs: pd.DataFrame, tiers: Mapping[str, Tier], parcels: Parcels) -> pd.DataFrame:
    """Assign tiers and capacities to hubs by their class.

    Parameters
    ----------
    hubs : DataFrame
        ``class`` and ``capacity`` (parcels/day, NaN where not stated).
    tiers : mapping of str to Tier
        Tier by class, from the country file; goes before the shipped names.
    parcels : Parcels
        The ``[parcels]`` section, which has the default capacities.

    Returns
    -------
    DataFrame
        ``hubs`` with ``tier`` (a branch for an unknown class), ``capacity`` and ``is_stated``.
    """
    kinds = hubs["class"].astype(str)
    tier = np.array([tiers.get(kind) or TIER_OF.get(kind.lower(), DEFAULT_TIER) for kind in kinds], dtype=object)
    stated = hubs["capacity"].notna().to_numpy()
    default = np.array([parcels.capacity_per_day(name) for name in tier], dtype=np.float64)
    capacity = np.where(stated, hubs["capacity"].to_numpy(dtype=np.float64), default)
    return hubs.assign(tier=tier, capacity=capacity, is_stated=stated)
