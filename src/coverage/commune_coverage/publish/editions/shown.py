"""White lists: which layers each table, check and picture shows in detail. What is not listed is not published.

In detail is a row, a position, a name or a count of a layer. What is computed with a layer and shows none of these is
derived from it, such as the gap of a commune, and is in both editions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from commune_coverage.readers.registry import layer_specs


@dataclass(frozen=True)
class Shown:
    """Layers that the rows of a table show, and by pattern of their names columns that show further ones."""

    layers: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def hides(self, confidential: Collection[str]) -> bool:
        """Whether the table is not for the public."""
        return not set(self.layers).isdisjoint(confidential)

    def hidden_columns(self, names: Collection[str], confidential: Collection[str]) -> list[str]:
        """The columns that are not for the public."""
        patterns = [name for name, layers in self.columns.items() if not set(layers).isdisjoint(confidential)]
        return [name for name in names if any(re.fullmatch(pattern, name) for pattern in patterns)]


_SCORED = ("known_coverage", "speed_tests", "towers", "people")
_TESTED = ("coverage", "speed_tests", "towers", "people", "challenges")
_TERRITORY = ("towers", "water", "roads", "railways", "borders", "institutions")
_OBLIGED = (*_TERRITORY, "people", "coverage")
TABLES: dict[str, Shown] = {
    "access_by_mode": Shown(("vehicles", "gtfs", "people")),
    "agreement": Shown(("speed_tests", "towers", "people")),
    "benchmarks": Shown(("benchmarks",)),
    "coverage_challenges": Shown(_TESTED),
    "declared_coverage": Shown(("coverage", "towers", "people"), {r".*road.*": ("roads",), r".*land.*": ("water",)}),
    "drive_next": Shown(_TESTED),
    "ensemble_evidence": Shown(("towers", "people", "known_coverage")),
    "hubs": Shown(("hubs",), {r"load_.*": ("people",)}),
    "institutions": Shown(("institutions",), {r"(nearest|operators)_.*": ("towers",), r"people_.*": ("people",)}),
    "intervals": Shown(("towers", "people")),
    "known_figures": Shown(_SCORED),
    "obligation_trends": Shown(_OBLIGED),
    "obligations": Shown(_OBLIGED),
    "official_indicators": Shown(),
    "operator_coverage": Shown(("towers",)),
    "payments": Shown(("payments",)),
    "people_groups": Shown(("people_groups",), {"people_share": ("people",)}),
    "scoreboard": Shown(_SCORED),
    "sites": Shown(("towers",)),
    "territory_coverage": Shown(_TERRITORY),
    "travel_comparison": Shown((), {r".*people": ("people",), r".*": ("hubs", "roads", "friction", "water", "flood")}),
    "verification": Shown(_TESTED),
    "verification_cells": Shown(_TESTED),
    "verification_places": Shown(_TESTED),
}
"""Tables of a run by their names, without ``commune_gaps`` and those of single layers."""

DETAILED_PICTURES: dict[str, tuple[str, ...]] = {
    "signal_overlay": ("people", "towers"),
    "travel_overlays": ("people", "hubs", "roads", "friction", "water", "flood"),
}
"""Pictures of places by the artifact that holds them, and the layers whose positions can be read off them."""

DETAILED_PLACES: dict[str, tuple[str, ...]] = {
    "rasters/people.tif": ("people", "towers"),
    "rasters/signal.tif": ("people", "towers"),
    "rasters/minutes.tif": DETAILED_PICTURES["travel_overlays"],
    "hexagons/people.parquet": ("towers", *DETAILED_PICTURES["travel_overlays"]),
}
"""Files of all places, and the layers whose positions can be read off them."""

PLAIN_CHECKS = ("every_commune", "values_in_bounds", "national_change", "date_in_order", "communes_moved")
"""Checks whose words hold no count, name or age of a layer; others are not told of where a layer is confidential."""

_RADIO = ("towers", "spectrum", "known_coverage", "speed_tests")
DETAILED_STAGES: dict[str, tuple[str, ...]] = {
    "radio": _RADIO,
    "model_validation": _RADIO,
    "scoreboard": (*_RADIO, "people"),
    "indicators": ("towers",),
    "network": ("flood",),
    "service": ("hubs", "payments"),
    "travel_times": ("flood",),
    "mode_times": ("vehicles", "gtfs"),
    "ensemble": ("towers", "people", "known_coverage"),
    "territory": _TERRITORY,
    "fixed_sums": ("fixed",),
    "verification": _TESTED,
}
"""Computing stages whose assumptions name or count what is in layers."""
PLAIN_ASSUMPTIONS = re.compile(
    "terrain|(sub)?urban from|cell edge probability|cell load at the edge|body loss|receiver"
    "|a model's median may be off by|users in the busy hour|propagation, .*|method|speed on roads"
    "|where no road leads, on foot|wet season|low and high|low: roads missing from the map|parcels"
    "|what people travel with|greatest speed by mode|handling at the branch|straight line, no roads at hand"
    "|over flooded ground by boat"
)
"""Of their assumptions those that come from settings and literature alone."""

PLAIN_SECTIONS = (
    "code", "name", "languages", "time_zone", "metric_crs", "status", "thresholds", "headline", "urbanisation",
    "travel", "parcels", "parcel_cost", "composite", "official", "evidence", "history", "maps", "exports",
)  # fmt: skip
"""Sections of the country file that name nothing of a layer."""


class Figures(NamedTuple):
    """Columns of ``commune_gaps`` (a pattern) that are figures of a layer's own records, and the column that counts
    these; '' where the layer has no such count, and no figure of it is published unless it is public."""

    layer: str
    columns: str
    counted: str


FIGURES = (
    Figures("towers", "cells|sites|cell_samples", "cells"),
    Figures("speed_tests", "measured_mobile_.*", "measured_mobile_tests"),
    Figures("speed_tests", "measured_fixed_.*", "measured_fixed_tests"),
    Figures("subscriptions", "using_people|usage_gap_.*", "using_people"),
    Figures("fixed", "fixed_.*|mobile_gap_.*|.*_frechet_(low|high)_share", ""),
    Figures("challenges", "challenged|.*_gap_modelled_share", ""),
    *(Figures(layer, "calibration", "") for layer in ("towers", "known_coverage", "speed_tests")),
    Figures("people", "rural_.*|payment_within_.*_rural_share", "rural_people"),
)
NOT_OF_PEOPLE = re.compile(
    "(commune|district|province)_.*|area_km2|cells|sites|cell_samples|measured_.*|challenged|calibration|.*_method"
    "|.*_source|withheld|synthetic_layers|geometry"
)
"""Columns that say nothing of a commune's people; all others do."""


def table_shown(name: str) -> Shown | None:
    """What a table shows, by its name without ending; None of one that is not listed.

    Parameters
    ----------
    name : str
        Such as ``sites``, or a layer that is published as it was read.

    Returns
    -------
    Shown or None
    """
    exported = {spec.name for spec in layer_specs() if spec.is_exported}
    return TABLES.get(name, Shown((name,)) if name in exported else None)
