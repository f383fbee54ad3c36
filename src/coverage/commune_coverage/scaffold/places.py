"""Where a country lies: its time zones, and a metric reference system that fits it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from commune_coverage.scaffold.facts import Facts

# As wide as one UTM zone is taken to serve where the system is worked out from boundaries.
WIDEST_IN_ONE_ZONE_DEGREES = 9.0


@cache
def _zones_by_country() -> dict[str, list[str]]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones.setdefault(country, []).append(zone)
    return zones


def time_zones(facts: Facts) -> list[str]:
    """The country's zones of the tz database, the capital's first; empty where it has none."""
    zones = _zones_by_country().get(facts.alpha2, [])
    first = facts.capital_time_zone if facts.capital_time_zone in zones else next(iter(zones), "")
    return [first, *(zone for zone in zones if zone != first)] if zones else []


def metric_crs(facts: Facts) -> tuple[str | None, str]:
    """A projected system in metres and what it is; None where it is better worked out from the boundaries.

    A country across 180° gets one always: bounds of such boundaries span the globe and say nothing.
    """
    if facts.bounds is None:
        return None, "worked out from the boundaries when left out"
    west, south, east, north = facts.bounds
    width = (east - west) % 360
    lon, lat = (west + width / 2 + 180) % 360 - 180, (south + north) / 2
    if width <= WIDEST_IN_ONE_ZONE_DEGREES:
        zone = int((lon + 180) // 6) + 1
        hemisphere, base = ("S", 32700) if lat < 0 else ("N", 32600)
        return f"EPSG:{base + zone}", f"projected, in metres: UTM zone {zone}{hemisphere}"
    if east < west:
        crs = f"+proj=laea +lat_0={lat:.1f} +lon_0={lon:.1f} +datum=WGS84 +units=m"
        return crs, "equal-area, in metres: the country crosses 180°"
    return None, "too wide for one UTM zone: worked out from the boundaries"
