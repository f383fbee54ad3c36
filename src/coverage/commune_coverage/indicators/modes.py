"""What people travel with: shares of each commune, and what holds by each mode as what holds for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.travel import MODES, Modes

Floats = npt.NDArray[np.float64]


def shares_by_commune(
    stated: pd.DataFrame | None, codes: Mapping[str, Sequence[str]], settings: Modes, communes: int
) -> dict[str, Floats] | None:
    """Distribute stated shares over communes; the finest level that states them counts, then the country file.

    Parameters
    ----------
    stated : DataFrame or None
        ``level``, ``code`` and the share of each mode; None without such a layer.
    codes : mapping of str to sequence of str
        Each commune's code by level: province, district, commune.
    settings : Modes
        The ``[travel.modes]`` section.
    communes : int
        How many communes there are.

    Returns
    -------
    dict of str to float64[communes], or None
        Share by mode, NaN where nothing is stated; None where nothing is stated anywhere.
    """
    nation = _of_nation(settings)
    if (stated is None or stated.empty) and nation is None:
        return None
    shares = {mode: np.full(communes, np.nan if nation is None else nation[mode]) for mode in MODES}
    for level in ("province", "district", "commune"):
        if stated is None or level not in codes:
            continue
        own = stated[stated["level"] == level].set_index("code")
        area = pd.Series(list(codes[level]))
        for mode in MODES:
            found = area.map(own[f"{mode}_share"]).to_numpy(np.float64)
            shares[mode] = np.where(np.isnan(found), shares[mode], found)
    return shares


def _of_nation(settings: Modes) -> dict[str, float] | None:
    """Shares of the country file with those who walk, in proportion where roundings miss 1; None without any."""
    stated = settings.stated_shares
    if not stated:
        return None
    whole = {mode: stated.get(mode, 0.0) for mode in MODES}
    whole["walk"] = stated.get("walk", max(1.0 - sum(stated.values()), 0.0))
    total = sum(whole.values())
    return {mode: share / total for mode, share in whole.items()}


def used_modes(shares: Mapping[str, Floats]) -> tuple[str, ...]:
    """List the modes that anybody travels with.

    Parameters
    ----------
    shares : mapping of str to float64[communes]
        Share by mode; NaN where it is not known.

    Returns
    -------
    tuple of str
        In the order of ``MODES``.
    """
    return tuple(mode for mode in MODES if np.nansum(shares[mode]) > 0)


def of_everybody(by_mode: Mapping[str, Mapping[str, Floats]], shares: Mapping[str, Floats]) -> dict[str, Floats]:
    """Weigh what holds by each mode with the share of people who have it.

    Parameters
    ----------
    by_mode : mapping of str to mapping of str to float64[communes]
        People for whom something holds if all travel by a mode, by name, for every mode that is used.
    shares : mapping of str to float64[communes]
        Share by mode.

    Returns
    -------
    dict of str to float64[communes]
        People for whom it holds: the sum over modes of share times people. NaN where the shares are not known.

    Notes
    -----
    What people travel with is taken to be alike in all places of a commune.
    """
    names = list(next(iter(by_mode.values())))
    mixed = {name: np.zeros(len(next(iter(shares.values())))) for name in names}
    for mode, sums in by_mode.items():
        for name in names:
            mixed[name] = mixed[name] + shares[mode] * sums[name]
    return mixed
