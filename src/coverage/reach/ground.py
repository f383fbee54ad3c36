"""Going over the ground where no road leads: effort by slope, water in the way, flooded stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coverage.reach.scenario import Scenario
from coverage.reach_assumptions import Reach

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TOBLER = 3.5
MOST_EFFORT = 10.0


@dataclass(frozen=True)
class Ground:
    """A grid of the metric system, rows from north: ``height_m``, ``is_water`` all year, ``is_flooded`` when wet.

    ``west_m`` and ``north_m`` are the outer corner of the first cell. Off the grid it is dry and as high as its edge.
    """

    height_m: npt.NDArray[np.float32]
    is_water: Flags
    is_flooded: Flags
    west_m: float
    north_m: float
    cell_m: float

    def cell(self, x_m: Floats, y_m: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Row and column of the cell that each position falls in, or of the nearest."""
        rows, columns = self.height_m.shape
        row = np.floor((self.north_m - y_m) / self.cell_m).astype(np.int64)
        column = np.floor((x_m - self.west_m) / self.cell_m).astype(np.int64)
        return np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)

    def height_at(self, x_m: Floats, y_m: Floats) -> Floats:
        """Height between the middles of the four cells about each position."""
        rows, columns = self.height_m.shape
        row = np.clip((self.north_m - y_m) / self.cell_m - 0.5, 0, rows - 1)
        column = np.clip((x_m - self.west_m) / self.cell_m - 0.5, 0, columns - 1)
        top, left = row.astype(np.int64), column.astype(np.int64)
        bottom, right = np.minimum(top + 1, rows - 1), np.minimum(left + 1, columns - 1)
        down, along = row - top, column - left
        upper = self.height_m[top, left] * (1 - along) + self.height_m[top, right] * along
        lower = self.height_m[bottom, left] * (1 - along) + self.height_m[bottom, right] * along
        return np.asarray(upper * (1 - down) + lower * down, dtype=np.float64)

    def flooded_at(self, x_m: Floats, y_m: Floats) -> Flags:
        """Whether each position is under water in the wet season, and not all year."""
        return np.asarray(self.is_flooded[self.cell(x_m, y_m)])


@dataclass(frozen=True)
class Walks:
    """Straight ways over the ground: their length, the same with slopes counted, and what lies under water."""

    length_m: Floats
    effort_m: Floats
    flooded_m: Floats
    water_m: Floats

    def minutes(self, scenario: Scenario, settings: Reach) -> Floats:
        """Minutes on foot, by boat where it is flooded; inf where water wider than ``ford_m`` lies in the way."""
        level = settings.walk_kmh * settings.ground_factor * scenario.speed_factor
        flooded = np.where(self.flooded_m > settings.water.ford_m, self.flooded_m, 0.0) * scenario.is_wet
        share = np.divide(flooded, self.length_m, out=np.zeros_like(flooded), where=self.length_m > 0)
        pace = level * (settings.wet.ground_factor if scenario.is_wet else 1.0)
        dry = _minutes(self.effort_m * (1 - share), pace)
        if scenario.bound == "_low":
            dry = np.minimum(dry, _minutes(self.length_m * (1 - share), settings.unmapped_road_kmh))
        afloat = _minutes(flooded, settings.water.boat_kmh * scenario.speed_factor)
        afloat = afloat + settings.water.boat_wait_min * (flooded > 0)
        if not settings.wet.boats:
            afloat = np.where(flooded > 0, np.inf, 0.0)
        return np.where(self.water_m > settings.water.ford_m, np.inf, dry + afloat)


def _minutes(length_m: Floats, kmh: float) -> Floats:
    return length_m / 1000 / kmh * 60


def walks_between(from_m: Floats, to_m: Floats, ground: Ground) -> Walks:
    """Straight ways between pairs of positions (n x 2 each), looked at once a cell and at both ends.

    Slopes lengthen a way as in W. Tobler, Three presentations on geographical analysis and modeling (1993), by
    exp(3.5 |slope|), ten times at most; the sign of the slope is left out, so that both directions are alike.
    """
    length = np.hypot(*(to_m - from_m).T)
    pieces = np.maximum(np.ceil(length / ground.cell_m), 1).astype(np.int64)
    way = np.repeat(np.arange(len(length)), pieces + 1)
    step = np.arange(len(way)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
    along = step / pieces[way]
    x, y = ((from_m[way, axis] + (to_m - from_m)[way, axis] * along) for axis in (0, 1))
    piece_m = (length / pieces)[way]
    within = step < pieces[way]
    height = ground.height_at(x, y)
    rise = np.abs(np.append(height[1:] - height[:-1], 0.0))
    slope = np.divide(rise, piece_m, out=np.zeros(len(way)), where=within & (piece_m > 0))
    effort = np.where(within, piece_m * np.minimum(np.exp(TOBLER * slope), MOST_EFFORT), 0.0)
    # Each look stands for the half pieces beside it, so the ends stand for half as much.
    stands_for = piece_m * np.where((step == 0) | (step == pieces[way]), 0.5, 1.0)
    cell = ground.cell(x, y)
    water, flooded = ground.is_water[cell], ground.is_flooded[cell]

    def total(values: Floats) -> Floats:
        return np.bincount(way, values, minlength=len(length)).astype(np.float64)

    return Walks(length, total(effort), total(stands_for * (flooded & ~water)), total(stands_for * water))


def dry_level_ground() -> Ground:
    """Ground of which nothing is known: level, dry."""
    one = np.zeros((1, 1), dtype=bool)
    return Ground(np.zeros((1, 1), dtype=np.float32), one, one, 0.0, 0.0, 1000.0)
