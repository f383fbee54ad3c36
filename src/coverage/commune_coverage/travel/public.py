"""What ``commune_coverage.travel`` gives out."""

from __future__ import annotations

from commune_coverage.travel.access.floating_catchments import floating_catchments, zone_weights
from commune_coverage.travel.access.travel_times import minutes_at_places
from commune_coverage.travel.graph.speeds import line_speeds

__all__ = ["floating_catchments", "line_speeds", "minutes_at_places", "zone_weights"]
