"""Floating catchment areas: what hubs can carry, shared by the people around them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from coverage.reach.vertices import Floats


def zone_weights(minutes: Floats, decay: Mapping[float, float]) -> Floats:
    """The weight of each way: that of the first zone whose outer edge (minutes) it does not pass; 0 beyond the last."""
    edges = np.array(sorted(decay))
    weights = np.append([decay[edge] for edge in edges], 0.0)
    return np.asarray(weights[np.searchsorted(edges, minutes, side="left")])


def floating_catchments(ways_min: csr_matrix, capacity: Floats, people: Floats, decay: Mapping[float, float]) -> Floats:
    """Capacity a person within reach of each group of people, in the unit of ``capacity``.

    ``ways_min`` (groups x hubs) holds the ways of at most the catchment. With one zone of weight 1 this is the
    two-step floating catchment area (W. Luo, F. Wang, Environment and Planning B 30, 2003, 865-884), with several the
    enhanced one (W. Luo, Y. Qi, Health & Place 15, 2009, 1100-1107).
    """
    weight = csr_matrix((zone_weights(ways_min.data, decay), ways_min.indices, ways_min.indptr), ways_min.shape)
    demand = weight.T @ people
    ratio = np.divide(capacity, demand, out=np.zeros(len(capacity)), where=demand > 0)
    return np.asarray(weight @ ratio)


def load_share(parcels: Floats, capacity: Floats) -> Floats:
    """Parcels a day at each hub in parts of its capacity; inf where it has none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(parcels > 0, parcels / capacity, 0.0)
