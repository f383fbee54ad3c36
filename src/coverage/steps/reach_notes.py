"""What the reach stage assumes, said for the pages and the report."""

from __future__ import annotations

from coverage.reach_assumptions import Reach
from coverage.reach_table import METHODS
from coverage.runs import Run
from coverage.steps.network_method import method_of
from coverage.steps.report import StageNotes

_HERE = "this project, assumption"


def state_assumptions(notes: StageNotes, run: Run) -> None:
    """Method, speeds, seasons, hubs' capacity and the cost of a parcel."""
    settings, method = run.country.reach, method_of(run)
    for theme in ("delivery", "payment"):
        notes.assume(theme, "method", METHODS[method], "", "this project")
    if method == "straight":
        straight = f"{settings.straight_line_kmh:g} km/h over the straight line x {settings.detour_factor:g}"
        notes.assume("delivery", "straight line, no roads at hand", straight, "", _HERE)
        return
    notes.assume("delivery", "speed on roads", "by class, surface and stated limit", "", _HERE)
    level = f"{settings.walk_kmh * settings.ground_factor:g} km/h on level ground, slower by slope"
    notes.assume("delivery", "where no road leads, on foot", level, "", "Tobler 1993")
    _seasons(notes, run, settings)
    notes.assume("delivery", "low and high", f"speeds {settings.speed_doubt:.0%} off", "", _HERE)
    unmapped = f"{settings.unmapped_road_kmh:g} km/h where no road is mapped"
    notes.assume("delivery", "low: roads missing from the map", unmapped, "", _HERE)
    parcels = run.country.parcels
    notes.assume("delivery", "parcels", f"{parcels.per_person_year:g}", "a person a year", _HERE)
    notes.assume("delivery", "handling at the branch", f"{parcels.handling_min:g}", "min", _HERE)


def _seasons(notes: StageNotes, run: Run, settings: Reach) -> None:
    wet = settings.wet
    slower = f"x {wet.paved_factor:g} paved, x {wet.unpaved_factor:g} unpaved, x {wet.track_factor:g} on tracks"
    notes.assume("delivery", "wet season", slower, "", _HERE)
    flood = run.country.layers.flood
    if flood is not None:
        notes.assume("delivery", "flooded in the wet season", "as the flood layer says", "", flood.title)
    elif wet.flood_below_m is not None and run.country.layers.elevation is not None:
        notes.assume("delivery", "flooded in the wet season", f"ground below {wet.flood_below_m:g}", "m", _HERE)
    else:
        notes.assume("delivery", "flooded in the wet season", "nothing, for no layer says what is", "", _HERE)
    if wet.boats:
        boat = f"{settings.water.boat_kmh:g} km/h after {settings.water.boat_wait_min:g} min"
        notes.assume("delivery", "over flooded ground by boat", boat, "", _HERE)
