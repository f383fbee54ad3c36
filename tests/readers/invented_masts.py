"""Invented networks of which every mast is known: their stations' cells as a crowd would report them."""

from __future__ import annotations

import numpy as np
import pandas as pd

RANGE_M = 1000.0


def structures(rng, count, side_m, min_spacing_m, town_share=0.0):
    """Positions of masts: anywhere, or that share of them in a dozen towns; none nearer to each other than stated."""
    towns, found = rng.uniform(0, side_m, (12, 2)), np.zeros((0, 2))
    while len(found) < count:
        in_town = rng.random() < town_share
        at = towns[rng.integers(12)] + rng.normal(0, 2000.0, 2) if in_town else rng.uniform(0, side_m, 2)
        if not len(found) or np.hypot(*(found - at).T).min() > min_spacing_m:
            found = np.vstack([found, at])
    return found


def share_out(rng, masts, operators, shared):
    """Rows of the masts of each operator; the stated share of each but the first's stands at masts of those before."""
    own, used, free = [], [], list(rng.permutation(masts))
    count = int(masts / (1 + (operators - 1) * (1 - shared)))
    for operator in range(operators):
        guests = round(count * shared) if operator else 0
        new = [free.pop() for _ in range(count - guests)]
        own.append(
            np.array([*rng.choice(used, guests, replace=False), *new], dtype=np.int64) if used else np.array(new)
        )
        used = sorted({*used, *new})
    return own, len(used)


def cells_at(rng, at, technology, one_sample_m, first_number=100):
    """One to three sectors of a station at each position, off by ``one_sample_m`` over the root of the measurements."""
    size = {"4g": 256, "5g": 4096}.get(technology, 10)
    station = np.repeat(np.arange(len(at)), rng.integers(1, 4, len(at)))
    sector = pd.Series(station).groupby(station).cumcount().to_numpy() + 1
    samples = np.ceil(rng.lognormal(1.6, 1.3, len(station)))
    x_m, y_m = (at[station] + rng.normal(0, 1, (len(station), 2)) * (one_sample_m / np.sqrt(samples))[:, None]).T
    number = size * (first_number + station) + sector
    named = {"technology": technology, "cell_id": number, "x_m": x_m, "y_m": y_m, "samples": samples}
    return pd.DataFrame({**named, "range_m": RANGE_M, "mast": station})


def network(seed, masts, shared, operators=3, one_sample_m=300.0, **ground):
    """Cells of all operators, LTE on every mast of theirs and GSM on most, and how many masts there are."""
    rng = np.random.default_rng(seed)
    at = structures(rng, masts, **ground)
    own, used = share_out(rng, masts, operators, shared)
    parts = []
    for name, rows in zip("ABC", own, strict=False):
        has_gsm = rows[rng.random(len(rows)) < 0.8]
        for technology, where in (("4g", rows), ("2g", has_gsm)):
            cells = cells_at(rng, at[where], technology, one_sample_m, 100 + int(rng.integers(2000)))
            parts.append(cells.assign(operator=name, mast=where[cells["mast"]]))
    return pd.concat(parts, ignore_index=True), used
