"""Towers: OpenCelliD files and regulators' registers become one table of cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.country import Country, TowersLayer
from coverage.errors import MissingColumnError
from coverage.quarantine import Reason, RowLog
from coverage.sources.area import OUTSIDE, Area, split_by_area
from coverage.sources.columns import pick_columns
from coverage.sources.coordinates import locate_rows
from coverage.sources.flat import Headerless
from coverage.sources.numbers import is_missing
from coverage.sources.rows import check_rows, drop_duplicates
from coverage.sources.tabular import TEXT_SUFFIXES, is_spatial, read_table
from coverage.sources.vector import LINE
from coverage.tables import CELLS

OPENCELLID_COLUMNS = [
    "radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples",
    "changeable", "created", "updated", "averageSignal",
]  # fmt: skip
TECHNOLOGY_WORDS = {
    "gsm": "2g", "2g": "2g", "gprs": "2g", "edge": "2g", "cdma": "2g",
    "umts": "3g", "3g": "3g", "wcdma": "3g", "hspa": "3g", "hspa+": "3g",
    "lte": "4g", "4g": "4g", "lte-a": "4g", "4g+": "4g", "lte-advanced": "4g",
    "nr": "5g", "5g": "5g", "5g nr": "5g", "5g-nr": "5g",
}  # fmt: skip
_MNCS = 1000
_STATED = ("band_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")


def read_towers(country: Country, area: Area | None) -> tuple[pd.DataFrame, RowLog]:
    """Cells in the country or within reach of it, with ``technology``, ``operator`` and ``is_home``.

    ``commune`` is the position of the commune a cell stands in, -1 for a neighbour outside.
    Without ``area`` (a check) the rows are validated but not placed.
    """
    layer = country.layers.towers
    if layer is None:
        raise MissingColumnError("the country file names no towers layer")
    log = RowLog("towers", layer.path.name)
    cells = pick_columns(read_table(layer, log, _headerless(layer)), CELLS, layer)
    cells = locate_rows(cells, None if is_spatial(layer) else layer.crs, layer.decimal, log)
    cells = check_rows(cells, CELLS, log, layer.decimal)
    cells = _technologies(cells, layer, log)
    if not _is_register(layer) or "cell_id" in cells:
        cells = drop_duplicates(cells, [k for k in ("technology", "mcc", "mnc", "area", "cell_id") if k in cells], log)
    cells = _operators(cells, country)
    cells = cells.assign(**{name: np.nan for name in (*_STATED, "samples") if name not in cells})
    if area is None:
        log.kept = len(cells)
        return cells, log
    placed = split_by_area(cells, area, country.signal.max_range_km * 1000, log)
    return _metric(placed, area), log


def is_complete(layer: TowersLayer) -> bool:
    """Whether a place without cells in the file truly has none: so for a register, unless stated."""
    return layer.complete if layer.complete is not None else _is_register(layer)


def _is_register(layer: TowersLayer) -> bool:
    if layer.format is not None:
        return layer.format == "register"
    return layer.path.suffix.lower() not in TEXT_SUFFIXES


def _headerless(layer: TowersLayer) -> Headerless | None:
    """OpenCelliD's columns where the first row is data already: country files often have no header."""
    if _is_register(layer):
        return None
    stated = layer.header
    return Headerless(
        OPENCELLID_COLUMNS,
        lambda first: not stated if stated is not None else first[0].strip().lower() in TECHNOLOGY_WORDS,
    )


def _technologies(cells: pd.DataFrame, layer: TowersLayer, log: RowLog) -> pd.DataFrame:
    words = TECHNOLOGY_WORDS | {word.lower(): technology for word, technology in layer.technologies.items()}
    codes, stated = pd.factorize(cells["technology"])
    mapped = np.array([words.get(str(word).lower(), "") for word in stated], dtype=object)[codes]
    unknown = mapped == ""
    log.set_aside(cells[LINE].to_numpy()[unknown], Reason.UNKNOWN_TECHNOLOGY, list(cells["technology"][unknown]))
    return cells.assign(technology=mapped)[~unknown]


def _operators(cells: pd.DataFrame, country: Country) -> pd.DataFrame:
    """Operator by network code, else as the file names it; ``is_home`` where it serves this country."""
    names = {_network(code): name for name, codes in country.operators.items() for code in codes}
    networks = _networks(cells)
    found, position = np.unique(networks, return_inverse=True)
    by_code = np.array([names.get(network, "") for network in found.tolist()], dtype=object)[position]
    plain = np.array([_shown_network(network) for network in found.tolist()], dtype=object)[position]
    stated = cells["operator"] if "operator" in cells else pd.Series("", index=cells.index, dtype="str")
    unnamed = by_code == ""
    operator = by_code.copy()
    operator[unnamed] = np.where(is_missing(stated), plain, stated)[unnamed]
    home_mccs = {network // _MNCS for network in names}
    is_home = np.isin(networks // _MNCS, [*home_mccs, 0]) if home_mccs else np.ones(len(cells), dtype=bool)
    return cells.assign(operator=operator, is_home=is_home)


def _network(code: str) -> int:
    mcc, mnc = code.split("-")
    return int(mcc) * _MNCS + int(mnc)


def _networks(cells: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Country and network code as one number; 0 where the country code is not known."""
    none = pd.Series(0, index=cells.index)
    mcc, mnc = (cells.get(name, none).fillna(0).to_numpy().astype(np.int64) for name in ("mcc", "mnc"))
    return np.where(mcc > 0, mcc * _MNCS + mnc, 0)


def _shown_network(network: int) -> str:
    mcc, mnc = divmod(network, _MNCS)
    return f"{mcc}-{mnc:02d}" if mcc else "unknown"


def _metric(cells: pd.DataFrame, area: Area) -> pd.DataFrame:
    x_m, y_m = area.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    columns = ["lon", "lat", "technology", "operator", "is_home", "samples", *_STATED, "commune"]
    kept = cells[columns].assign(x_m=x_m, y_m=y_m, is_inside=cells["commune"] != OUTSIDE)
    order = ["technology", "operator", "lon", "lat"]
    return kept.sort_values(order, kind="stable", ignore_index=True)
