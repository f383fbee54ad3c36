"""What is known of each country of ISO 3166, from ``countries.csv``.

One row a code, taken once from public lists and stored here so that it can be read and corrected:
codes and land neighbours from GeoNames (CC BY 4.0, geonames.org), area codes of the United Nations (M49) from
datahub.io's country codes (public domain), bounds from Natural Earth 1:10m (public domain),
mobile country codes as assigned in ITU-T E.212, the extract's path from Geofabrik's index of October 2026,
and the zone of the capital, where the tz database has several for the country.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from commune_coverage.core.projections import LIMIT, scale_error


@dataclass(frozen=True)
class Facts:
    """One country. Empty texts and tuples, and bounds that are None, are facts not known.

    ``bounds`` is (west, south, east, north) in degrees; west is larger than east where the land crosses 180°.
    ``m49`` is the area code of the United Nations, without leading zeros.
    ``extract`` is the path of the OpenStreetMap extract, such as 'asia/cambodia'.
    """

    alpha3: str
    alpha2: str
    m49: str
    neighbours: tuple[str, ...]
    mobile_country_codes: tuple[str, ...]
    capital_time_zone: str
    extract: str
    bounds: tuple[float, float, float, float] | None


@cache
def countries() -> dict[str, Facts]:
    """Every country by its three-letter code."""
    with files("commune_coverage.scaffold").joinpath("countries.csv").open(encoding="utf-8") as stream:
        return {row["alpha3"]: _facts(row) for row in csv.DictReader(stream)}


def _facts(row: dict[str, str]) -> Facts:
    edges = [row[side] for side in ("west", "south", "east", "north")]
    west, south, east, north = (float(edge or "nan") for edge in edges)
    return Facts(
        row["alpha3"],
        row["alpha2"],
        row["m49"],
        tuple(row["neighbours"].split()),
        tuple(row["mobile_country_codes"].split()),
        row["capital_time_zone"],
        row["extract"],
        (west, south, east, north) if all(edges) else None,
    )


_WIDEST_MEASURED_DEGREES = 60.0
_STEPS = 9
"""Meridians and parallels within a country's bounds at which the error of a zone is measured."""


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

    A UTM zone is named where its error of scale is below 0.1 % anywhere within the country's bounds.
    """
    if facts.bounds is None:
        return None, "worked out from the boundaries when left out"
    west, south, east, north = facts.bounds
    width = (east - west) % 360
    lon, lat = (west + width / 2 + 180) % 360 - 180, (south + north) / 2
    zone = int((lon + 180) // 6) + 1
    hemisphere, base = ("S", 32700) if lat < 0 else ("N", 32600)
    grid = np.meshgrid(np.linspace(west, west + width, _STEPS), np.linspace(south, north, _STEPS))
    if width <= _WIDEST_MEASURED_DEGREES and scale_error(f"EPSG:{base + zone}", *map(np.ravel, grid)) < LIMIT:
        return f"EPSG:{base + zone}", f"projected, in metres: UTM zone {zone}{hemisphere}"
    return None, "no UTM zone is within 0.1 %: worked out from the boundaries"
