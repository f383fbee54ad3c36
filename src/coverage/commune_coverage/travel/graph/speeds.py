"""Speed by road class, surface and season. All are assumptions; a country file replaces any of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.travel import Travel
from commune_coverage.travel.arrays import Flags, Floats

ROAD_KMH = {
    "motorway": 90.0,
    "trunk": 70.0,
    "primary": 60.0,
    "secondary": 50.0,
    "tertiary": 40.0,
    "unclassified": 30.0,
    "residential": 25.0,
    "living_street": 15.0,
    "service": 15.0,
    "track": 15.0,
    "road": 30.0,
    "path": 5.0,
    "footway": 5.0,
    "pedestrian": 5.0,
    "steps": 2.5,
    "cycleway": 5.0,
}
OTHER_KMH = 30.0
UNPAVED = frozenset({"unpaved", "dirt", "earth", "ground", "gravel", "fine_gravel", "sand", "mud", "grass", "laterite"})
UNPAVED_CLASSES = frozenset({"track", "path", "footway", "unclassified"})
"""Classes that are taken as unpaved where no surface is stated."""
WEATHERPROOF = frozenset({"gravel", "fine_gravel", "compacted", "laterite"})
"""Unpaved surfaces that carry traffic all year on a road of a class that does."""
SLOW_CLASSES = frozenset({"track", "path", "footway"})
ALL_SEASON_CLASSES = frozenset({"motorway", "trunk", "primary", "secondary", "tertiary"})
"""Classes that are taken as passable all year where no surface is stated."""
FERRY, BOAT = "ferry", "boat"
# F and T: forward and backward in Geofabrik's shapefiles.
_BACKWARD = frozenset({"-1", "reverse", "t"})
_FORWARD = frozenset({"yes", "1", "true", "f"})


@dataclass(frozen=True)
class LineSpeeds:
    """Speeds, direction and kind of each line.

    Attributes
    ----------
    dry_kmh, wet_kmh : float64[lines]
        Speed in each season, km/h.
    flooded_kmh : float64[lines]
        Speed on an embankment where the ground is flooded, km/h; 0 for a line without one.
    direction : int8[lines]
        1 or -1 for one way along or against the line, 0 for both.
    is_all_season, is_bridge : bool[lines]
        Passable all year; a bridge.
    is_ferry : bool[lines]
        All that goes on water.
    ferry_min : float64[lines]
        Stated time of a crossing, min; NaN where none is stated.
    wait_min : float64[lines]
        Wait for a ferry or boat, min.
    lands_anywhere : bool[lines]
        Boats on rivers, which land anywhere on the bank.
    """

    dry_kmh: Floats
    wet_kmh: Floats
    flooded_kmh: Floats
    direction: npt.NDArray[np.int8]
    is_all_season: Flags
    is_bridge: Flags
    is_ferry: Flags
    ferry_min: Floats
    wait_min: Floats
    lands_anywhere: Flags


def line_speeds(roads: pd.DataFrame, settings: Travel) -> LineSpeeds:
    """Assign speeds by class, slower on unpaved surfaces and in the wet season, never above a stated limit.

    Parameters
    ----------
    roads : DataFrame
        ``class``, ``surface``, ``max_speed_kmh``; and, where known, ``oneway``, ``bridge``, ``route``, ``duration``,
        in the words of OpenStreetMap.
    settings : Travel
        The ``[travel]`` section: ``road_kmh`` replaces the class speeds.

    Returns
    -------
    LineSpeeds
        One value a row of ``roads``.

    Notes
    -----
    Speeds by class are this project's assumption, between 2.5 and 90 km/h.
    """
    kind = roads["class"].str.lower().str.removesuffix("_link")
    surface = roads["surface"].str.lower()
    is_boat = kind.eq(BOAT).to_numpy()
    is_ferry = (_text(roads, "route").eq(FERRY) | kind.eq(FERRY)).to_numpy() | is_boat
    unpaved = surface.isin(UNPAVED) | (surface.eq("") & kind.isin(UNPAVED_CLASSES))
    class_kmh = kind.map(ROAD_KMH | settings.road_kmh).fillna(OTHER_KMH).to_numpy(dtype=np.float64)
    slowed = np.where(surface.isin(UNPAVED), class_kmh * settings.unpaved_factor, class_kmh)
    dry = np.minimum(slowed, roads["max_speed_kmh"].fillna(np.inf).to_numpy(dtype=np.float64))
    water = settings.water
    dry = np.where(is_ferry, np.where(is_boat, water.boat_kmh, water.ferry_kmh), dry)
    wet = dry * _wet_factor(kind, unpaved, settings)
    wet = np.where(is_ferry, dry, wet)
    bridge = (~_text(roads, "bridge").isin(["", "no", "false", "0", "f"])).to_numpy()
    embanked = (kind.isin(settings.wet.embanked)).to_numpy() | bridge
    return LineSpeeds(
        dry,
        wet,
        np.where(is_ferry, dry, np.where(embanked, wet * settings.wet.embanked_factor, 0.0)),
        _direction(roads, kind),
        ~is_ferry & _is_all_season(kind, surface, unpaved),
        bridge,
        is_ferry,
        _text(roads, "duration").map(parse_duration_min).to_numpy(dtype=np.float64),
        np.where(is_boat, water.boat_wait_min, water.ferry_wait_min) * is_ferry,
        is_boat,
    )


def _text(roads: pd.DataFrame, column: str) -> pd.Series:
    return roads[column].str.lower() if column in roads else pd.Series("", index=roads.index)


def _wet_factor(kind: pd.Series, unpaved: pd.Series, settings: Travel) -> Floats:
    wet = settings.wet
    factor = np.where(unpaved, wet.unpaved_factor, wet.paved_factor)
    return np.where(kind.isin(SLOW_CLASSES), wet.track_factor, factor)


def _is_all_season(kind: pd.Series, surface: pd.Series, unpaved: pd.Series) -> Flags:
    by_class = kind.isin(ALL_SEASON_CLASSES) & (~unpaved | surface.isin(WEATHERPROOF))
    return np.asarray(by_class | (surface.ne("") & ~unpaved), dtype=bool)


def _direction(roads: pd.DataFrame, kind: pd.Series) -> npt.NDArray[np.int8]:
    """OSM's one-way flag; motorways are drawn in the direction of travel where it is not stated."""
    stated = _text(roads, "oneway")
    forward = stated.isin(_FORWARD) | (stated.eq("") & kind.eq("motorway"))
    return (forward.to_numpy() * 1 - stated.isin(_BACKWARD).to_numpy() * 1).astype(np.int8)


def parse_duration_min(stated: str) -> float:
    """Parse OpenStreetMap's ``duration``: '20', '00:20', '1:05:00'.

    Parameters
    ----------
    stated : str
        Minutes, hours:minutes, or hours:minutes:seconds.

    Returns
    -------
    float
        Minutes; NaN where it is not so written.
    """
    parts = str(stated).split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) <= 5 for part in parts):
        return np.nan
    numbers = [float(part) for part in parts]
    if len(numbers) == 1:
        return numbers[0]
    return numbers[0] * 60 + numbers[1] + (numbers[2] / 60 if len(numbers) == 3 else 0.0)
