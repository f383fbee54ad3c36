"""What is asked of the ways: minutes to a pick-up, of a parcel to the door, and to cash, in every scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commune_coverage.config.travel import Parcels, Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.access.hub_tiers import COLLECT_FROM
from commune_coverage.travel.graph.vertices import Flags, Floats, Integers
from commune_coverage.travel.routing.models import Ways
from commune_coverage.travel.routing.shortest_paths import Spread
from commune_coverage.travel.routing.snapping import Snapped
from commune_coverage.travel.scenarios import Mode, Scenario, scenarios_of

Texts = npt.NDArray[np.object_]
NamedSpreads = Iterator[tuple[str, Spread]]
"""Answers by name, each made when it is asked for: all of a large country's at once would be its peak of memory."""


@dataclass(frozen=True)
class Stops:
    """Hubs or payment points on the network: the node of each and the way there; ``tier`` of hubs."""

    snapped: Snapped
    tier: Texts

    def offset_min(self, scenario: Scenario, settings: Travel, chosen: Flags | None = None) -> Floats:
        """Minutes from each to its node; inf for those that are not chosen."""
        minutes = self.snapped.walks.minutes(scenario, settings)
        return minutes if chosen is None else np.where(chosen, minutes, np.inf)

    def of(self, *tiers: str) -> Flags:
        """Which are of one of the tiers."""
        return np.isin(self.tier.astype(str), tiers)


def make_stops(ways: Ways, position_m: Floats, tier: Texts | None = None) -> Stops:
    """Points (n x 2, metres) brought to the network."""
    return Stops(ways.snap(position_m), np.full(len(position_m), "", object) if tier is None else tier)


def collected_from(hubs: Stops) -> Flags:
    """Hubs where people collect parcels: branches and pick-up points; all of them where there is neither."""
    chosen = hubs.of(*COLLECT_FROM)
    return chosen if chosen.any() else np.ones(len(chosen), dtype=bool)


def pickup_spreads(ways: Ways, hubs: Stops, settings: Travel) -> NamedSpreads:
    """Minutes for a person to the nearest pick-up, by scenario."""
    chosen = collected_from(hubs)
    for scenario in scenarios_of(settings):
        offset = hubs.offset_min(scenario, settings, chosen)
        found = ways.spread(scenario, "drive", False, hubs.snapped.node, offset, not scenario.bound)
        yield f"pickup_{scenario.name}", found.single()


def origin_tier(hubs: Stops) -> str:
    """Where parcels set off: sorting centres, or gateways where there are none; '' without either."""
    return next((tier for tier in ("sorting", "gateway") if hubs.of(tier).any()), "")


def parcel_spreads(ways: Ways, hubs: Stops, settings: Travel, parcels: Parcels) -> NamedSpreads:
    """Minutes of a parcel from its sorting centre through the best branch to the door, handling there included.

    None where no hub sorts. Where there is no branch, hubs of the sorting tier hand over themselves.
    """
    origin = origin_tier(hubs)
    if not origin:
        return
    branches = hubs.of("branch") if hubs.of("branch").any() else hubs.of(origin)
    for scenario in scenarios_of(settings, ("",)):
        walk = hubs.offset_min(scenario, settings)
        node = hubs.snapped.node
        first = ways.spread(scenario, "drive", True, node, np.where(hubs.of(origin), walk, np.inf), False)
        at_branch = np.where(node >= 0, first.minutes[np.clip(node, 0, None)], np.inf) + walk + parcels.handling_min
        del first
        offset = np.where(branches, at_branch + walk, np.inf)
        yield f"parcel_{scenario.name}", ways.spread(scenario, "drive", True, node, offset, False).single()


def payment_spreads(ways: Ways, points: Stops, settings: Travel) -> NamedSpreads:
    """Minutes to the nearest payment point on foot in every scenario, and driven in each season."""
    asked: dict[Mode, list[Scenario]] = {"walk": scenarios_of(settings), "drive": scenarios_of(settings, ("",))}
    for mode, scenarios in asked.items():
        for scenario in scenarios:
            offset = points.offset_min(scenario, settings)
            found = ways.spread(scenario, mode, False, points.snapped.node, offset, False)
            yield f"{mode}_{scenario.name}", found.single()


@compiled_allocating
def at_places(minutes: Floats, node: Integers, walk_min: Floats) -> Floats:
    """Minutes of places whose way begins with a walk to a node, from those of the nodes; inf where there is none."""
    found = np.full(len(node), np.inf)
    for place in range(len(node)):
        if node[place] >= 0:
            found[place] = minutes[node[place]] + walk_min[place]
    return found
