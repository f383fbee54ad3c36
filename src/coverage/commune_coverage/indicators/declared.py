"""The internet gap as what operators declare leaves it, in place of the model's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.indicators.evidence import DATA_POOR, DECLARED, MODELLED

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]

NOBODY = "no people counted in the commune"
NO_SPEED = "not declared: no operator declares the speed of the headline"
NO_PLACE = "no place of the declaration lies in the commune"


def modelled_source(figures: Mapping[str, npt.NDArray[Any]], communes: int) -> Columns:
    """Say where the internet gap is the model's.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        The columns of the theme.
    communes : int
        How many communes there are.

    Returns
    -------
    dict of str to object[communes]
        ``internet_gap_source``; '' where there is no figure.
    """
    share = np.asarray(figures.get("internet_gap_share", np.full(communes, np.nan)))
    return {"internet_gap_source": np.where(np.isnan(share), "", MODELLED).astype(object)}


def declared_gap(figures: Mapping[str, npt.NDArray[Any]], people: Floats, covered_share: Floats | None) -> Columns:
    """Rest the internet gap on what operators declare.

    Parameters
    ----------
    figures : mapping of str to array[communes]
        The columns of the theme by the model, as far as they can be had.
    people : float64[communes]
        People.
    covered_share : float64[communes] or None
        Share of people whom any operator declares to cover at the headline speed; NaN where there is nobody to count.
        None where nobody declares that speed.

    Returns
    -------
    dict of str to array[communes]
        Gap, source, evidence and note; no low and high, for a declaration states none. What the model says is in
        ``internet_gap_modelled_share``.
    """
    nothing = np.full(len(people), np.nan)
    share = nothing if covered_share is None else np.clip(1.0 - covered_share, 0.0, 1.0)
    share = np.where(people > 0, share, np.nan)
    is_known = ~np.isnan(share)
    note = np.where(people > 0, NO_SPEED if covered_share is None else NO_PLACE, NOBODY)
    return {
        "internet_gap_share": share,
        "internet_gap_share_low": nothing,
        "internet_gap_share_high": nothing,
        "internet_gap_people": share * people,
        "internet_gap_source": np.where(is_known, DECLARED, "").astype(object),
        "internet_gap_modelled_share": np.array(figures.get("internet_gap_share", nothing)),
        "internet_evidence": np.where(is_known, DECLARED, DATA_POOR).astype(object),
        "internet_note": np.where(is_known, "", note).astype(object),
        "internet_doubts": np.full(len(people), "", dtype=object),
    }
