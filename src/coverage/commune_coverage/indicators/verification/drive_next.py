"""Where to test next: the cells of which one more test would tell most, for most people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from commune_coverage.config.verification import Verification

Floats = npt.NDArray[np.float64]
_PRIOR_TESTS = 2.0
"""What is known of cells of the same kind counts as so many tests."""


def doubt(failing: Floats, passing: Floats, accepted_failing_share: float) -> Floats:
    """Compute the variance of whether a cell fails more often than accepted.

    Parameters
    ----------
    failing, passing : (cells,) float64
        Parameters of the beta distribution of the failing share.
    accepted_failing_share : float
        Share that may fail.

    Returns
    -------
    (cells,) float64
        Between 0, where it is certain, and 0.25.
    """
    fails = _chance_overstated(failing, passing, accepted_failing_share)
    return np.asarray(fails * (1 - fails), dtype=np.float64)


def _chance_overstated(failing: Floats, passing: Floats, accepted_failing_share: float) -> Floats:
    """Computed once for cells that are told alike: most were never tested."""
    alike, row = np.unique(np.column_stack([failing, passing]), axis=0, return_inverse=True)
    return np.asarray(stats.beta.sf(accepted_failing_share, *alike.T)[row.ravel()], dtype=np.float64)


def rank_cells(sides: pd.DataFrame, settings: Verification) -> pd.DataFrame:
    """Rank cells by how much one more test would tell.

    Parameters
    ----------
    sides : DataFrame, (parts,)
        Parts of cells that are declared as covered: ``people``, ``tests``, ``failing``, ``is_edge`` and
        ``modelled_share`` (share of the people that the model covers; NaN where it is not known).
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        The ``drive_next_cells`` first rows with anybody in them: ``rank``, ``chance_overstated``, ``told_by_a_test``
        (by how much the expected variance of the verdict falls) and ``value_people`` (people times that).

    Notes
    -----
    Value of sample information with a beta prior: its mean is the failing share of all tests in cells of the same kind
    (at the edge or within, by the model covered or not), with one test more that fails as often as accepted.
    """
    lived_in = sides[sides["people"] > 0]
    prior = _prior_share(lived_in, settings.accepted_failing_share)
    tests, failing = (lived_in[name].to_numpy(np.float64) for name in ("tests", "failing"))
    fails, passes = _PRIOR_TESTS * prior + failing, _PRIOR_TESTS * (1 - prior) + tests - failing
    accepted, next_fails = settings.accepted_failing_share, fails / (fails + passes)
    after = next_fails * doubt(fails + 1, passes, accepted) + (1 - next_fails) * doubt(fails, passes + 1, accepted)
    told = np.maximum(doubt(fails, passes, accepted) - after, 0.0)
    chance = _chance_overstated(fails, passes, accepted)
    table = lived_in.assign(
        chance_overstated=chance, told_by_a_test=told, value_people=told * lived_in["people"].to_numpy()
    )
    table = table.sort_values("value_people", ascending=False, kind="stable").head(settings.drive_next_cells)
    return table.assign(rank=np.arange(1, len(table) + 1))


def _prior_share(sides: pd.DataFrame, accepted: float) -> Floats:
    is_modelled = sides["modelled_share"].fillna(1.0) >= 0.5
    sums = sides.groupby([sides["is_edge"], is_modelled])[["tests", "failing"]].transform("sum")
    return np.asarray((sums["failing"] + accepted) / (sums["tests"] + 1), dtype=np.float64)
