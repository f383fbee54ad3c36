"""Zones of UTM as registers state them, row by row."""

from __future__ import annotations

import pytest

from commune_coverage.readers.parsing.row_systems import zone_of


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
