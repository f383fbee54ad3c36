"""Floating catchment areas: what hubs can carry, shared by the people around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from commune_coverage.travel.graph.vertices import Floats
from commune_coverage.travel.routing.shortest_paths import WaysOfHubs


def zone_weights(minutes: Floats, decay: Mapping[float, float]) -> Floats:
    """The weight of each way: that of the first zone whose outer edge (minutes) it does not pass; 0 beyond the last."""
    edges = np.array(sorted(decay))
    weights = np.append([decay[edge] for edge in edges], 0.0)
    return np.asarray(weights[np.searchsorted(edges, minutes, side="left")])


def floating_catchments(
    ways: Iterable[WaysOfHubs], capacity: Floats, people: Floats, decays: Mapping[str, Mapping[float, float]]
) -> dict[str, Floats]:
    """Capacity a person within reach of each group of people, in the unit of ``capacity``, by the name of each decay.

    ``ways`` are those of at most the catchment; each hub comes once, so that nothing larger than a few hubs' ways is
    held. With one zone of weight 1 this is the two-step floating catchment area (W. Luo, F. Wang, Environment and
    Planning B 30, 2003, 865-884), with several the enhanced one (W. Luo, Y. Qi, Health & Place 15, 2009, 1100-1107).
    """
    found = {name: np.zeros(len(people)) for name in decays}
    for hub, place, minutes in ways:
        for name, decay in decays.items():
            weight = zone_weights(minutes, decay)
            demand = (weight * people[place]).sum(axis=1)
            ratio = np.divide(capacity[hub], demand, out=np.zeros(len(hub)), where=demand > 0)
            found[name][place] += (weight * ratio[:, np.newaxis]).sum(axis=0)
    return found


def load_share(parcels: Floats, capacity: Floats) -> Floats:
    """Parcels a day at each hub in parts of its capacity; inf where it has none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(parcels > 0, parcels / capacity, 0.0)
