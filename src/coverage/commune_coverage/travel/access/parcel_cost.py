"""What a parcel costs to bring to the door: an estimate for comparing communes, not a price."""

from __future__ import annotations

import numpy as np

from commune_coverage.config.travel import ParcelCost
from commune_coverage.travel.graph.vertices import Floats

_TOUR_FACTOR = 0.57


def cost_per_parcel(branch_min: Floats, parcels_per_km2: Floats, settings: ParcelCost) -> Floats:
    """Currency a parcel: handling, its part of the way from the branch and back, the way between stops, the stop.

    ``branch_min`` is the way from the branch to the door, ``parcels_per_km2`` a day's parcels by area. The tour is
    C. F. Daganzo's estimate (Transportation Science 18, 1984, 331-350): twice the way there shared by the parcels of
    a tour, and 0.57 over the root of the density of stops.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        between_km = _TOUR_FACTOR / np.sqrt(parcels_per_km2)
    between_km = np.where(parcels_per_km2 > 0, between_km, np.nan)
    minutes = 2 * branch_min / settings.parcels_per_tour + between_km / settings.local_kmh * 60 + settings.stop_min
    return np.asarray(settings.handling + minutes / 60 * settings.vehicle_per_hour)
