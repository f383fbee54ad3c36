"""A sample of the populated places of every commune that stands for all of its people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.population.urbanisation import cell_keys

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def sample_places(places: pd.DataFrame, per_commune: int, seed: int) -> pd.DataFrame:
    """Draw places of each commune with probability by their people; each stands for an equal part of the commune.

    Parameters
    ----------
    places : DataFrame
        Columns ``commune`` (int), ``people``, ``x_m`` and ``y_m`` (m), and any others; a place that lies in several
        communes is a row in each.
    per_commune : int
        Places of a commune at most; all of them where it has no more.
    seed : int
        Same seed, same places.

    Returns
    -------
    DataFrame
        Rows of ``places`` with the ``people`` that they stand for and their ``own_people``, sorted by the 1 km cell in
        which they lie. The people of every commune sum to its own.

    Notes
    -----
    Systematic sampling with probability proportional to size along the order of the 1 km cells (Madow 1949; implicit
    stratification by position): a place of more people than one part is certain to be there, and counts with its own.
    """
    lived_in = places[places["people"] > 0]
    x_m, y_m = (lived_in[axis].to_numpy(np.float64) for axis in ("x_m", "y_m"))
    ordered = lived_in.iloc[np.lexsort((lived_in["people"], y_m, x_m, cell_keys(x_m, y_m)))]
    chosen: list[Integers] = []
    standing: list[Floats] = []
    for commune, rows in ordered.groupby("commune", sort=True).indices.items():
        rng = np.random.default_rng([seed, int(str(commune))])
        own, people = _systematic(ordered["people"].to_numpy(np.float64)[rows], per_commune, rng)
        chosen.append(np.asarray(rows)[own])
        standing.append(people)
    row = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
    sample = ordered.iloc[row].assign(own_people=lambda table: table["people"])
    sample["people"] = np.concatenate(standing) if standing else np.zeros(0)
    keys = cell_keys(sample["x_m"].to_numpy(), sample["y_m"].to_numpy())
    return sample.iloc[np.argsort(keys, kind="stable")].reset_index(drop=True)


def _systematic(people: Floats, count: int, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Floats]:
    """Rows that are drawn, rising, and the people that each stands for; their sum is that of all."""
    if len(people) <= count:
        return np.arange(len(people)), people
    certain = np.zeros(len(people), dtype=bool)
    while (more := ~certain & (people * (count - certain.sum()) >= people[~certain].sum())).any():
        certain |= more
    rest, left = np.flatnonzero(~certain), count - int(certain.sum())
    if not left or not len(rest):
        return np.flatnonzero(certain), people[certain] * (people.sum() / people[certain].sum())
    upto = np.cumsum(people[rest])
    drawn = rest[np.searchsorted(upto, (np.arange(left) + rng.random()) * upto[-1] / left, side="right")]
    standing = np.where(certain, people, 0.0) + np.bincount(drawn, minlength=len(people)) * (upto[-1] / left)
    rows = np.flatnonzero(standing > 0)
    return rows, standing[rows]
