"""One file of cells, an OpenCelliD extract or a regulator's register, as typed rows with their operator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.config.layers import TowersFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import TEXT_SUFFIXES, Headerless, is_spatial, read_table
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.numbers import is_missing, spread
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, drop_duplicates
from commune_coverage.schema.inputs import CELLS

OPENCELLID_COLUMNS = [
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
]
TECHNOLOGY_WORDS = {
    "gsm": "2g",
    "2g": "2g",
    "gprs": "2g",
    "edge": "2g",
    "cdma": "2g",
    "umts": "3g",
    "3g": "3g",
    "wcdma": "3g",
    "hspa": "3g",
    "hspa+": "3g",
    "lte": "4g",
    "4g": "4g",
    "lte-a": "4g",
    "4g+": "4g",
    "lte-advanced": "4g",
    "nr": "5g",
    "5g": "5g",
    "5g nr": "5g",
    "5g-nr": "5g",
}
CELL_KEY = ["technology", "mcc", "mnc", "area", "cell_id"]
STATED = ("band_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")
_MNCS = 1000


def read_cells(file: TowersFile, country: Country, bounds: Bounds | None = None) -> tuple[pd.DataFrame, RowLog]:
    """Read one file of cells.

    Parameters
    ----------
    file : TowersFile
        An OpenCelliD file or a register.
    country : Country
        Names the operators.
    bounds : Bounds or None
        The country's, which decide where a position can be meant in two ways.

    Returns
    -------
    tuple[DataFrame, RowLog]
        (cells,) sound rows with ``technology``, ``operator``, ``is_home`` and the columns of ``CELLS`` that it has; and
        the log.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it states no position or no technology.
    MissingCrsError
        When a vector file does not state its reference system.
    """
    log = RowLog("towers", file.path.name)
    cells = pick_columns(read_table(file, log, headerless_cells(file)), CELLS, file)
    cells = locate_rows(cells, None if is_spatial(file) else file.crs, file.number_format, log, hints_of(file, bounds))
    cells = check_rows(cells, CELLS, log, file.number_format)
    cells = _technologies(cells, file, log)
    if not is_register(file) or "cell_id" in cells:
        cells = drop_duplicates(cells, [key for key in CELL_KEY if key in cells], log)
    cells = _operators(cells, country)
    absent = {name: np.nan for name in (*STATED, "samples", "updated") if name not in cells}
    return cells.assign(**absent), log


def is_register(file: TowersFile) -> bool:
    """Tell whether the file is an owner's register of what stands, not a crowd's list of what was heard.

    Parameters
    ----------
    file : TowersFile
        A file of cells.

    Returns
    -------
    bool
        Whether it is, by its format or its ending.
    """
    if file.format is not None:
        return file.format == "register"
    return file.path.suffix.lower() not in TEXT_SUFFIXES


def headerless_cells(file: TowersFile) -> Headerless | None:
    """Give OpenCelliD's columns for a file whose first row is data: country files often have no header.

    Parameters
    ----------
    file : TowersFile
        A file of cells.

    Returns
    -------
    Headerless or None
        None for a register, which has a header.
    """
    if is_register(file):
        return None
    stated = file.header
    return Headerless(
        OPENCELLID_COLUMNS,
        lambda first: not stated if stated is not None else first[0].strip().lower() in TECHNOLOGY_WORDS,
    )


def _technologies(cells: pd.DataFrame, file: TowersFile, log: RowLog) -> pd.DataFrame:
    words = TECHNOLOGY_WORDS | {word.lower(): technology for word, technology in file.technologies.items()}
    codes, stated = pd.factorize(cells["technology"])
    technologies = [words.get(str(word).lower(), "") for word in stated]
    unknown = np.array([technology == "" for technology in technologies], dtype=bool)[codes]
    log.set_aside(cells[LINE].to_numpy()[unknown], Reason.UNKNOWN_TECHNOLOGY, list(cells["technology"][unknown]))
    cells = cells.assign(technology=spread(technologies, codes).set_axis(cells.index))
    return cells[~unknown] if unknown.any() else cells


def _operators(cells: pd.DataFrame, country: Country) -> pd.DataFrame:
    """Operator by network code, else as the file names it; ``is_home`` where it serves this country."""
    names = {_network(code): name for name, codes in country.operators.items() for code in codes}
    networks = _networks(cells)
    position, codes_stated = pd.factorize(networks)
    named = np.array([network in names for network in codes_stated.tolist()], dtype=bool)[position]
    operator = spread([names.get(network) or _shown_network(network) for network in codes_stated.tolist()], position)
    operator = operator.set_axis(cells.index)
    if "operator" in cells:
        operator = operator.where(named | is_missing(cells["operator"]), cells["operator"])
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
