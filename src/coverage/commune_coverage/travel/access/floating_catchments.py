"""Floating catchment areas: the capacity of hubs, shared by the people around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from commune_coverage.travel.arrays import Floats
from commune_coverage.travel.routing.shortest_paths import HubTravelTimes


def zone_weights(minutes: Floats, decay: Mapping[float, float]) -> Floats:
    """Weight travel times by zones.

    Parameters
    ----------
    minutes : float64[...]
        Travel times, min.
    decay : mapping of float to float
        Weight of each zone by its outer edge, min, which belongs to it.

    Returns
    -------
    float64[...]
        Weights; 0 beyond the last zone.
    """
    edges = np.array(sorted(decay))
    weights = np.append([decay[edge] for edge in edges], 0.0)
    return np.asarray(weights[np.searchsorted(edges, minutes, side="left")])


def floating_catchments(
    travel_times: Iterable[HubTravelTimes],
    capacity: Floats,
    people: Floats,
    decays: Mapping[str, Mapping[float, float]],
) -> dict[str, Floats]:
    """Compute the capacity a person within reach of each group of people.

    Parameters
    ----------
    travel_times : iterable of HubTravelTimes
        Those within the catchment; each hub comes once, so that no more than a few hubs' times are in memory.
    capacity : float64[hubs]
        Capacity of each hub, parcels/day.
    people : float64[groups]
        People of each group.
    decays : mapping of str to mapping of float to float
        Zones as for `zone_weights`, by the name of the result.

    Returns
    -------
    dict of str to float64[groups]
        Capacity a person, in the unit of ``capacity``.

    Notes
    -----
    With one zone of weight 1 this is the two-step floating catchment area (2SFCA: W. Luo, F. Wang, Environment and
    Planning B 30, 2003, 865-884), with several the enhanced one (E2SFCA: W. Luo, Y. Qi, Health & Place 15, 2009,
    1100-1107).
    """
    access = {name: np.zeros(len(people)) for name in decays}
    for hub, group, minutes in travel_times:
        for name, decay in decays.items():
            weight = zone_weights(minutes, decay)
            demand = (weight * people[group]).sum(axis=1)
            ratio = np.divide(capacity[hub], demand, out=np.zeros(len(hub)), where=demand > 0)
            access[name][group] += (weight * ratio[:, np.newaxis]).sum(axis=0)
    return access


def load_share(parcels: Floats, capacity: Floats) -> Floats:
    """Divide the parcels at each hub by its capacity.

    Parameters
    ----------
    parcels, capacity : float64[hubs]
        Parcels/day.

    Returns
    -------
    float64[hubs]
        Share, which may exceed 1; inf where there are parcels and no capacity.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(parcels > 0, parcels / capacity, 0.0)
