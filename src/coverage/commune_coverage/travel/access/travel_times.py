"""Access to services: minutes to a pick-up, of a parcel to the door, and to cash, in every scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from commune_coverage.config.travel import Parcels, Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.schema.inputs import BOUNDS
from commune_coverage.travel.access.hub_tiers import COLLECT_FROM
from commune_coverage.travel.arrays import Flags, Floats, Integers, Texts
from commune_coverage.travel.routing.models import TravelTimeModel
from commune_coverage.travel.routing.shortest_paths import TravelTimeField
from commune_coverage.travel.routing.snapping import Snapped
from commune_coverage.travel.scenarios import Mode, Scenario, scenarios_of

NamedFields = Iterator[tuple[str, TravelTimeField]]
"""Travel times by name, each computed when it is taken: all of a large country's at once would be its memory peak."""


@dataclass(frozen=True)
class Stops:
    """Hubs or payment points on the network.

    Attributes
    ----------
    snapped : Snapped
        The node of each and the walk there.
    tier : object[stops]
        Tier of each hub; '' for payment points.
    is_active : bool[stops], optional
        Whether each works: one that does not is left out of every route. All do without it.
    is_open : bool[stops], optional
        Whether people find each open. All are without it.
    """

    snapped: Snapped
    tier: Texts
    is_active: Flags | None = None
    is_open: Flags | None = None

    def serving(self, is_active: Flags, is_open: Flags) -> Stops:
        """Return the same stops, of which some serve (bool[stops] each)."""
        return replace(self, is_active=is_active, is_open=is_open)

    def offset_min(self, scenario: Scenario, settings: Travel, chosen: Flags | None = None) -> Floats:
        """Time the walk from each stop to its node.

        Parameters
        ----------
        scenario : Scenario
            Season and speeds.
        settings : Travel
            The ``[travel]`` section.
        chosen : bool[stops], optional
            Which count; all without it.

        Returns
        -------
        float64[stops]
            Minutes; inf for those that do not count or do not work.
        """
        minutes = self.snapped.walks.minutes(scenario, settings)
        for counts in (chosen, self.is_active):
            minutes = minutes if counts is None else np.where(counts, minutes, np.inf)
        return minutes

    def of(self, *tiers: str) -> Flags:
        """Which are of one of the tiers (bool[stops])."""
        return np.isin(self.tier.astype(str), tiers)


def snap_stops(model: TravelTimeModel, position_m: Floats, tier: Texts | None = None) -> Stops:
    """Bring hubs or payment points to the network.

    Parameters
    ----------
    model : TravelTimeModel
        Travel-time model.
    position_m : float64[stops, 2]
        Positions, m.
    tier : object[stops], optional
        Tier of each hub.

    Returns
    -------
    Stops
    """
    return Stops(model.snap(position_m), np.full(len(position_m), "", object) if tier is None else tier)


def collected_from(hubs: Stops) -> Flags:
    """Select the hubs where people collect parcels: open branches and pick-up points, or hubs where there is neither.

    Parameters
    ----------
    hubs : Stops
        Hubs on the network.

    Returns
    -------
    bool[hubs]
    """
    chosen = hubs.of(*COLLECT_FROM)
    chosen = chosen if chosen.any() else np.ones(len(chosen), dtype=bool)
    return chosen if hubs.is_open is None else chosen & hubs.is_open


def pickup_times(model: TravelTimeModel, hubs: Stops, settings: Travel, mode: Mode = "drive") -> NamedFields:
    """Time a person's route to the nearest pick-up in every scenario.

    Parameters
    ----------
    model : TravelTimeModel
        Travel-time model.
    hubs : Stops
        Hubs on the network.
    settings : Travel
        The ``[travel]`` section.
    mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}, optional
        How people travel.

    Yields
    ------
    str, TravelTimeField
        ``pickup_<scenario>``; with hub and minutes on foot for the estimates.
    """
    chosen = collected_from(hubs)
    for scenario in scenarios_of(settings):
        offset = hubs.offset_min(scenario, settings, chosen)
        times = model.travel_times(scenario, mode, False, hubs.snapped.node, offset, not scenario.bound)
        yield f"pickup_{scenario.name}", times.single()


def origin_tier(hubs: Stops) -> str:
    """Return the tier that parcels leave from: sorting centres, else gateways; '' without either."""
    return next((tier for tier in ("sorting", "gateway") if hubs.of(tier).any()), "")


def parcel_times(model: TravelTimeModel, hubs: Stops, settings: Travel, parcels: Parcels) -> NamedFields:
    """Time a parcel from its sorting centre through the best branch to the door, handling there included.

    Parameters
    ----------
    model : TravelTimeModel
        Travel-time model.
    hubs : Stops
        Hubs on the network.
    settings : Travel
        The ``[travel]`` section.
    parcels : Parcels
        The ``[parcels]`` section.

    Yields
    ------
    str, TravelTimeField
        ``parcel_<season>``; nothing where no hub sorts. Without branches, hubs of the sorting tier hand over.
    """
    origin = origin_tier(hubs)
    if not origin:
        return
    branches = hubs.of("branch") if hubs.of("branch").any() else hubs.of(origin)
    for scenario in scenarios_of(settings, ("",)):
        walk = hubs.offset_min(scenario, settings)
        node = hubs.snapped.node
        first = model.travel_times(scenario, "drive", True, node, np.where(hubs.of(origin), walk, np.inf), False)
        at_branch = np.where(node >= 0, first.minutes[np.clip(node, 0, None)], np.inf) + walk + parcels.handling_min
        del first
        offset = np.where(branches, at_branch + walk, np.inf)
        yield f"parcel_{scenario.name}", model.travel_times(scenario, "drive", True, node, offset, False).single()


def payment_times(model: TravelTimeModel, points: Stops, settings: Travel) -> NamedFields:
    """Time the route to the nearest payment point, on foot in every scenario and driven in each season.

    Parameters
    ----------
    model : TravelTimeModel
        Travel-time model.
    points : Stops
        Payment points on the network.
    settings : Travel
        The ``[travel]`` section.

    Yields
    ------
    str, TravelTimeField
        ``walk_<scenario>`` and ``drive_<season>``.
    """
    yield from payment_times_by(model, points, settings, "walk")
    yield from payment_times_by(model, points, settings, "drive", ("",))


def payment_times_by(
    model: TravelTimeModel, points: Stops, settings: Travel, mode: Mode, bounds: tuple[str, ...] = BOUNDS
) -> NamedFields:
    """Time the route to the nearest payment point in one mode.

    Parameters
    ----------
    model : TravelTimeModel
        Travel-time model.
    points : Stops
        Payment points on the network.
    settings : Travel
        The ``[travel]`` section.
    mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
        How people travel.
    bounds : tuple of {'', '_low', '_high'}, optional
        Bounds of the speeds.

    Yields
    ------
    str, TravelTimeField
        ``<mode>_<scenario>``.
    """
    for scenario in scenarios_of(settings, bounds):
        offset = points.offset_min(scenario, settings, points.is_open)
        times = model.travel_times(scenario, mode, False, points.snapped.node, offset, False)
        yield f"{mode}_{scenario.name}", times.single()


@compiled_allocating
def minutes_at_places(minutes: Floats, node: Integers, walk_min: Floats) -> Floats:
    """Add the walk from each place to its node to the minutes of the node.

    Parameters
    ----------
    minutes : float64[nodes]
        Minutes of the nodes.
    node : int64[places]
        Node of each place; less than 0 for none.
    walk_min : float64[places]
        Minutes of the walk to it.

    Returns
    -------
    float64[places]
        Minutes; inf for a place without a node.
    """
    total = np.full(len(node), np.inf)
    for place in range(len(node)):
        if node[place] >= 0:
            total[place] = minutes[node[place]] + walk_min[place]
    return total
