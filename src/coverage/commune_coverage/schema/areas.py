"""Levels of areas that figures are of."""

from __future__ import annotations

NATION = "nation"
LEVELS = ("commune", "district", "province")
"""From the smallest up; above them is the nation."""
