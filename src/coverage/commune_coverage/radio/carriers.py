"""Carriers of sites: what their cells state, else what their operators hold, spread over the cells that were seen.

A crowd's file has cells and no bands. A site of three sectors with nine cells of one technology has three carriers;
they are taken for those of its operator's spectrum with the lowest frequencies, on which coverage rests.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.radio.link_budget_config import Technology

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

USUAL_SECTORS = 3
MAX_CARRIERS = 5
"""Component carriers of LTE-Advanced, 3GPP TS 36.306."""
LTE_BELOW_MHZ = 3000.0
"""Spectrum that no technology is stated of is used by LTE below it, by NR above."""
MILLIMETRE_MHZ = 24_000.0
"""From here on a carrier is where a register states it, and nowhere else."""
_NO_STATION = -1


class HeldCarriers(NamedTuple):
    """What one operator holds for one technology in some area, band by band: (carriers,) by rising frequency.

    Attributes
    ----------
    frequency_mhz : float64, MHz
        Middle of the holdings in the band, by their widths.
    downlink_mhz : float64, MHz
        Sum of their widths, of unpaired spectrum the part of the time that carries downlink.
    channels : float64
        Channels at full power all the time that send as much as these.
    low_mhz, high_mhz : float64, MHz
        Between these a cell's carrier is in the band.
    """

    frequency_mhz: Floats
    downlink_mhz: Floats
    channels: Floats
    low_mhz: Floats
    high_mhz: Floats


def held_carriers(holdings: pd.DataFrame, technology: str, budget: Technology) -> HeldCarriers:
    """Join the holdings of one operator to carriers of one technology.

    Parameters
    ----------
    holdings : DataFrame
        (rows,) ``technology`` ('' where the operator may choose), ``band_mhz``, ``bandwidth_mhz``, ``low_mhz``,
        ``high_mhz`` (MHz) and ``downlink_share``.
    technology : str
        4g or 5g; others have no carriers of holdings, for their channels have one width.
    budget : Technology
        Its ``channel_mhz`` has the widest channel.

    Returns
    -------
    HeldCarriers
        One for each band.
    """
    mhz = holdings["band_mhz"]
    free = {"4g": mhz < LTE_BELOW_MHZ, "5g": mhz >= LTE_BELOW_MHZ}.get(technology, mhz < 0)
    own = holdings[(holdings["technology"] == technology) | ((holdings["technology"] == "") & free)]
    own = own.sort_values(["band_mhz", "bandwidth_mhz", "downlink_share"])
    widest = np.inf if budget.channel_mhz is None else budget.channel_mhz.high
    channels = np.ceil(own["bandwidth_mhz"] / widest) * own["downlink_share"]
    own = own.assign(channels=channels, downlink_mhz=own["bandwidth_mhz"] * own["downlink_share"])
    own = own.assign(weighted=own["band_mhz"] * own["bandwidth_mhz"], band=_bands(own))
    sums = own.groupby("band")[["weighted", "bandwidth_mhz", "downlink_mhz", "channels"]].sum()
    ends = own.groupby("band").agg(low_mhz=("low_mhz", "min"), high_mhz=("high_mhz", "max"))
    return HeldCarriers(
        (sums["weighted"] / sums["bandwidth_mhz"]).to_numpy(np.float64),
        sums["downlink_mhz"].to_numpy(np.float64),
        sums["channels"].to_numpy(np.float64),
        ends["low_mhz"].to_numpy(np.float64),
        ends["high_mhz"].to_numpy(np.float64),
    )


def _bands(own: pd.DataFrame) -> Integers:
    """Number of the band of each holding, rising with the frequency: one begins where the last one ends."""
    low, high, mhz = (own[name].to_numpy(np.float64) for name in ("low_mhz", "high_mhz", "band_mhz"))
    band, first = np.zeros(len(own), dtype=np.int64), 0
    for row in range(1, len(own)):
        is_same = low[first] <= mhz[row] <= high[first] and (low[first], high[first]) == (low[row], high[row])
        first = first if is_same else row
        band[row] = band[row - 1] + (not is_same)
    return band


def band_of(mhz: Floats, held: HeldCarriers) -> Integers:
    """Find the carrier in whose band a frequency lies.

    Parameters
    ----------
    mhz : (n,) float64, MHz
        Frequencies.
    held : HeldCarriers
        Carriers of an operator.

    Returns
    -------
    (n,) int64
        The nearest of them, -1 where none is held in the band.
    """
    at = mhz[:, np.newaxis]
    away = np.where((held.low_mhz <= at) & (at <= held.high_mhz), np.abs(at - held.frequency_mhz), np.inf)
    if not away.shape[1]:
        return np.full(len(mhz), -1, dtype=np.int64)
    return np.where(np.isfinite(away.min(axis=1)), away.argmin(axis=1), -1).astype(np.int64)


def carriers_seen(cells: pd.DataFrame, sectors: Floats) -> Integers:
    """Count the carriers of a technology that a crowd has seen at each cell's site.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``operator``, ``technology``, ``site`` and ``station``, -1 in a register.
    sectors : (cells,) float64
        Sectors of the cell's station, NaN where its numbers do not tell.

    Returns
    -------
    (cells,) int64
        Cells for each sector, at least 1, at most 5; of several stations of a site, as its operator numbered it anew,
        that with the most cells counts. Without known sectors there are three. 1 in a register.
    """
    site = ["operator", "technology", "site"]
    table = cells[[*site, "station"]].assign(sectors=sectors, row=0)
    table["seen"] = table.groupby([*site, "station"])["row"].transform("size")
    known = table["sectors"].fillna(table["seen"].clip(upper=USUAL_SECTORS)).clip(lower=1)
    in_register = table["station"] == _NO_STATION
    table["carriers"] = (-(-table["seen"] // known)).clip(1, MAX_CARRIERS).mask(in_register, 1)
    return table.groupby(site)["carriers"].transform("max").mask(in_register, 1).to_numpy(dtype=np.int64)


def with_carriers(cells: pd.DataFrame, held: dict[tuple[str, str], HeldCarriers], seen: Integers) -> pd.DataFrame:
    """Put cells on the carriers that their operators hold.

    Parameters
    ----------
    cells : DataFrame
        (cells,) ``operator``, ``technology``, ``site``, ``station``, ``band_mhz`` and ``bandwidth_mhz`` (NaN where no
        register states them).
    held : dict of (operator, technology) to HeldCarriers
        What is held where these cells stand; nothing is known of others.
    seen : (cells,) int64
        Carriers that were seen, see ``carriers_seen``.

    Returns
    -------
    DataFrame
        (rows,) the cells with ``band_mhz`` and ``bandwidth_mhz`` where they follow from what is held, ``channels`` (at
        full power) and ``carriers`` (in one, where nothing is known of bands).

    Notes
    -----
    A stated bandwidth stays; a stated band has the width that is held in it. Cells of a crowd are on the lowest of the
    carriers in turn, as many as were seen. A register's row without a band stands for all carriers of its operator.
    """
    cells = cells.assign(channels=seen.astype(np.float64), carriers=seen, origin=np.arange(len(cells)))
    parts = []
    for key, rows in cells.groupby(["operator", "technology"], sort=True):
        own = held.get(cast(tuple[str, str], key))
        parts.append(rows if own is None or not len(own.frequency_mhz) else _on_held(rows, own))
    joined = pd.concat(parts).sort_values(["origin", "band_mhz"], kind="stable") if parts else cells
    return joined.drop(columns="origin")


def _on_held(cells: pd.DataFrame, held: HeldCarriers) -> pd.DataFrame:
    """Cells of one operator and technology on its carriers."""
    stated = cells["band_mhz"].notna().to_numpy()
    crowd = ~stated & (cells["station"] != _NO_STATION).to_numpy()
    usual = HeldCarriers(*(column[held.frequency_mhz < MILLIMETRE_MHZ] for column in held))
    at_band = cells[stated].assign(carriers=1, channels=1.0)
    by_band = _on(at_band, band_of(at_band["band_mhz"].to_numpy(np.float64), held), held, sets_band=False)
    if not len(usual.frequency_mhz):
        return pd.concat([by_band, cells[~stated]])
    seen = cells[crowd]
    turn = seen.groupby(["site", "station"]).cumcount() % np.minimum(seen["carriers"], len(usual.frequency_mhz))
    in_turn = _on(seen.assign(carriers=1, channels=1.0), np.asarray(turn, dtype=np.int64), usual, sets_band=True)
    rest = cells[~stated & ~crowd].assign(carriers=1, channels=1.0)
    on_all = [
        _on(rest, np.full(len(rest), row, dtype=np.int64), usual, sets_band=True)
        for row in range(len(usual.frequency_mhz))
    ]
    return pd.concat([by_band, in_turn, *on_all])


def _on(cells: pd.DataFrame, row: Integers, held: HeldCarriers, *, sets_band: bool) -> pd.DataFrame:
    """Cells with the width of their carriers, and where the band is not stated with their frequency."""
    known = (row >= 0) & cells["bandwidth_mhz"].isna().to_numpy()
    width = np.where(known, held.downlink_mhz[row], cells["bandwidth_mhz"])
    channels = np.where(known, held.channels[row], cells["channels"])
    mhz = held.frequency_mhz[row] if sets_band else cells["band_mhz"]
    return cells.assign(bandwidth_mhz=width, channels=channels, band_mhz=mhz)
