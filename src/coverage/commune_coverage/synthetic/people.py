"""People around their places: cells of three arc-seconds, every place's total kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from commune_coverage.synthetic.frame import Floats, Integers

_VILLAGE_PEOPLE = 600.0
_VILLAGE_CELLS = 135.0
_GROWTH = 0.66
_STEEPNESS = 2.5
_ROUGHNESS = 0.5
_BATCH_CELLS = 2_000_000


def footprint_cells(people: Floats) -> Floats:
    """How many cells a place of that size covers: villages some 4 people a cell, large cities some 50."""
    return _VILLAGE_CELLS * (np.maximum(people, 1) / _VILLAGE_PEOPLE) ** _GROWTH


def spread_people(
    rows: Integers, columns: Integers, people: Floats, zones: npt.NDArray[np.integer], rng: np.random.Generator
) -> tuple[Integers, Floats]:
    """Flat cell indexes of ``zones`` (ascending) and the people in each, as float64.

    Each place at (row, column) is spread over a disc with a weight that decays exponentially
    from its middle and varies from cell to cell. Only cells of the place's own zone take part,
    and a place's weights are scaled to add up to one: its people are kept to rounding, and
    none of them cross a shore or a border.
    """
    radius = np.maximum(1, np.ceil(np.sqrt(footprint_cells(people) / np.pi))).astype(np.int64)
    parts = [
        _spread(rows[batch], columns[batch], people[batch], int(radius[batch[0]]), zones, rng)
        for batch in _batches(radius)
    ]
    cells, position = np.unique(np.concatenate([cell for cell, _ in parts]), return_inverse=True)
    people_in = np.bincount(position, weights=np.concatenate([share for _, share in parts]))
    return np.asarray(cells, dtype=np.int64), np.asarray(people_in, dtype=np.float64)


def _batches(radius: Integers) -> Iterator[npt.NDArray[np.intp]]:
    """Places of one radius, few enough at a time to fit the memory."""
    for size in np.unique(radius):
        members = np.flatnonzero(radius == size)
        step = max(1, _BATCH_CELLS // int(4 * size * size))
        yield from (members[start : start + step] for start in range(0, len(members), step))


def _spread(
    rows: Integers,
    columns: Integers,
    people: Floats,
    radius: int,
    zones: npt.NDArray[np.integer],
    rng: np.random.Generator,
) -> tuple[Integers, Floats]:
    down, right = np.mgrid[-radius : radius + 1, -radius : radius + 1].reshape(2, -1)
    away = np.hypot(down, right)
    down, right, away = down[away <= radius], right[away <= radius], away[away <= radius]
    row, column = rows[:, None] + down, columns[:, None] + right
    inside = (row >= 0) & (row < zones.shape[0]) & (column >= 0) & (column < zones.shape[1])
    cell = np.where(inside, row * zones.shape[1] + column, 0)
    allowed = inside & (zones.ravel()[cell] == zones[rows, columns][:, None])
    weight = np.exp(-_STEEPNESS * away / radius) * rng.lognormal(0, _ROUGHNESS, cell.shape)
    weight = np.where(allowed | (away == 0), weight, 0)
    share = weight / weight.sum(axis=1, keepdims=True) * people[:, None]
    return cell[weight > 0], share[weight > 0]
