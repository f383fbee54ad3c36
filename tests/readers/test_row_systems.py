"""Zones of UTM as registers state them, row by row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.config.layers import TowersLayer
from commune_coverage.readers.columns.position_parts import stand_ins, zone_column
from commune_coverage.readers.parsing.row_systems import zone_of
from commune_coverage.readers.towers.reader import read_towers
from tests import tiny


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("1S", (1, "S")),
        ("60N", (60, "N")),
        ("60", (60, "")),
        ("48P", (48, "N")),
        ("35L", (35, "S")),
        ("0N", (0, "")),
        ("61N", (0, "")),
        ("N48", (0, "")),
        ("", (0, "")),
    ],
)
def test_a_zone_is_one_of_sixty_and_its_half(text: str, zone: tuple[int, str]) -> None:
    assert zone_of(text) == zone


@pytest.mark.parametrize(
    ("name", "cells", "is_taken"),
    [
        ("Zone", ["2154", "2056", "4326"], False),
        ("Sales zone", ["32648", "32647"], False),
        ("zona", ["48", "47"], False),
        ("Zone", ["EPSG:32648", "EPSG:32647"], True),
        ("Zone", ["48N", "47N"], True),
        ("EPSG", ["32648", "32647"], True),
        ("UTM zone", ["32648"], True),
    ],
)
def test_bare_numbers_are_systems_only_under_such_a_name(name: str, cells: list[str], *, is_taken: bool) -> None:
    found = zone_column(pd.DataFrame({name: cells, "x": 1.0}))
    assert found == (name if is_taken else None)


def test_beside_a_system_without_zones_no_column_is_taken_for_zones() -> None:
    frame = pd.DataFrame({"x": ["1"], "y": ["1"], "Zone": ["48N"]})
    assert stand_ins(frame, {}, "EPSG:2154") == {}
    assert stand_ins(frame, {}, "EPSG:32648") == {"crs": "Zone"}
    assert stand_ins(frame, {}) == {"crs": "Zone"}


def test_a_register_with_bare_numbers_of_zones_keeps_its_stated_system(tmp_path: Path) -> None:
    metres = tiny.communes().to_crs(tiny.METRIC).centroid
    table = {"x": metres.x.round(1), "y": metres.y.round(1), "technology": "4G", "Zone": ["2154", "2056", "3857"] * 3}
    pd.DataFrame(table).to_csv(tmp_path / "r.csv", index=False)
    layer = TowersLayer(path=tmp_path / "r.csv", format="register", crs=tiny.METRIC)
    cells, (log,) = tiny.read(read_towers, layer, tiny.area())
    assert (log.kept, sorted(cells["commune"])) == (9, list(range(9)))
    assert not any("stated by row" in note for note in log.notes)
