"""Public institutions of the invented country: schools, health centres, commune halls and markets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import HOSTILE_NAMES, Fault, Planted, Row, changed
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes
from commune_coverage.synthetic.world import World

FILE = "institutions.csv"
_HEADER = ["No", "Name", "Type", "Run by", "Longitude", "Latitude"]
_LARGEST = {"health centre": 60, "market": 40}
"""So many of the largest settlements have one."""
_SCHOOLS = 300
_OFF_DEG = 0.002


def write_institutions(world: World, folder: Path, planted: Planted) -> None:
    """institutions.csv: a table of points, with faults among them."""
    places, halls = world.settlements, world.settlements.drop_duplicates("commune")
    parts = [_rows(halls, "commune hall"), _rows(places.head(_SCHOOLS), "school")]
    parts += [_rows(places.head(count), kind) for kind, count in _LARGEST.items()]
    good = [[str(number), *row] for number, row in enumerate((row for part in parts for row in part), start=1)]
    good[0][1] = HOSTILE_NAMES[0]
    rows = planted.insert("institutions", FILE, good, _faults(good), first_line=2)
    write_bytes(folder / FILE, delimited([_HEADER, *rows]).encode())
    label(folder / FILE, "Public institutions", world.seed)


def _rows(places: pd.DataFrame, kind: str) -> list[Row]:
    """One a settlement, each kind a little beside the others."""
    lon, lat = (places[axis] + _OFF_DEG * sign for axis, sign in zip(("lon", "lat"), _BESIDE[kind], strict=True))
    columns = zip(places["name"], lon, lat, strict=True)
    return [[f"{name} {kind}", kind, _RUN_BY[kind], f"{x:.6f}", f"{y:.6f}"] for name, x, y in columns]


_BESIDE = {"commune hall": (0, 0), "school": (1, 0), "health centre": (0, 1), "market": (-1, 0)}
_RUN_BY = {"commune hall": "commune", "school": "ministry", "health centre": "ministry", "market": ""}


def _faults(good: list[Row]) -> list[Fault]:
    row = good[1]
    return [
        (changed(row, f0="I1", f2=""), Reason.MISSING_VALUE),
        (changed(row, f0="I2", f4=""), Reason.COORDINATE_MISSING),
        (changed(row, f0="I3", f4="0", f5="0"), Reason.NULL_ISLAND),
        (changed(row, f0="I4", f4=row[5], f5=row[4]), Reason.SWAPPED_COORDINATES),
        (changed(row, f0="I5", f4="50.0", f5="40.0"), "out_of_area"),
        (list(good[0]), Reason.DUPLICATE_ID),
    ]
