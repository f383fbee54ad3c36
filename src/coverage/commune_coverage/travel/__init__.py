"""Minutes to a parcel and to cash, over roads, ground and water, in two seasons. Pure functions.

``travel.floating_catchments`` shares hubs out among people (2SFCA), ``travel.line_speeds`` gives roads their speeds,
``travel.minutes_at_places`` adds the walk to the minutes of a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commune_coverage.travel.access.floating_catchments import floating_catchments, zone_weights
    from commune_coverage.travel.access.travel_times import minutes_at_places
    from commune_coverage.travel.graph.speeds import line_speeds

__all__ = ["floating_catchments", "line_speeds", "minutes_at_places", "zone_weights"]


def __getattr__(name: str) -> Any:
    """Import a function when it is asked for: compiled loops take a second to import."""
    if name not in __all__:
        raise AttributeError(f"module 'commune_coverage.travel' has no attribute '{name}'")
    from commune_coverage.travel import public

    return getattr(public, name)
