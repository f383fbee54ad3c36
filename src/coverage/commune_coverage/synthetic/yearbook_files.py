"""What an invented yearbook says of the invented country: published figures that runs hold theirs against."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Fault, Planted, Row
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes
from commune_coverage.synthetic.world import World

YEARBOOK = "yearbook.csv"
_HEADER = ["figure", "value", "tolerance", "year", "source", "definition"]
_SOURCE, _SIGNAL = "Yearbook of the invented country", "Share of people within range of at least {}"


def write_yearbook(world: World, folder: Path, planted: Planted) -> None:
    """yearbook.csv by figure and year, with faults."""
    good: list[Row] = [
        ["at_least_3g_share", "0.93", "", "2024", _SOURCE, _SIGNAL.format("3G")],
        ["at_least_3g_share", "0.95", "", "2025", _SOURCE, _SIGNAL.format("3G")],
        ["IT_MOB_2GNTWK", "98.5", "2", "2025", _SOURCE, _SIGNAL.format("2G")],
    ]
    faults: list[Fault] = [
        (["at_least_4g_share", "85", "", "2025", _SOURCE, _SIGNAL.format("4G")], Reason.OUT_OF_RANGE),
        (["at_least_5g_share", "", "", "2025", _SOURCE, _SIGNAL.format("5G")], Reason.MISSING_VALUE),
    ]
    rows = planted.insert("benchmarks", YEARBOOK, good, faults, first_line=2)
    write_bytes(folder / YEARBOOK, delimited([_HEADER, *rows]).encode())
    label(folder / YEARBOOK, "Yearbook", world.seed)
