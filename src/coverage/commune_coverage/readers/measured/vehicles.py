"""What people travel with, stated for communes, districts or provinces."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.layers import VehiclesLayer
from commune_coverage.config.travel import MODES, SHARES_TOLERANCE
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.measured.area_codes import with_levels
from commune_coverage.readers.parsing.validation import check_rows, drop_duplicates, rows_where
from commune_coverage.schema.inputs import VEHICLES

SHARES = [f"{mode}_share" for mode in MODES]
_VEHICLES = SHARES[1:]


def read_vehicles(layer: VehiclesLayer, context: ReadContext) -> ReadResult:
    """Read shares of people by what they travel with; who walks is the rest where it is not stated.

    Quarantined are rows of unknown areas, rows that leave a vehicle open of which the file has a column, and rows whose
    shares are not those of everybody.

    Parameters
    ----------
    layer : VehiclesLayer
        A table of codes and shares.
    context : ReadContext
        Without an area the rows are checked, and codes are not looked up.

    Returns
    -------
    ReadResult
        Table ``vehicles``: (rows,) with ``level`` ('commune', 'district', 'province'), ``code`` and ``SHARES``, which
        add up to 1.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it has no column of codes, or of no vehicle.

    Notes
    -----
    A vehicle of which the file has no column is nobody's there. Shares that miss 1 by a hundredth at most, as rounded
    ones do, are put to 1 in proportion.
    """
    log, communes = RowLog("vehicles", layer.path.name), None if context.area is None else context.area.communes
    picked = pick_columns(read_table(layer, log), VEHICLES, layer)
    stated = [name for name in _VEHICLES if name in picked]
    if not stated:
        raise MissingColumnError(f"'{layer.path.name}' has none of the columns {', '.join(_VEHICLES)}")
    rows = check_rows(picked, VEHICLES, log, layer.number_format)
    rows = rows_where(rows, rows[stated].notna().all(axis=1), Reason.MISSING_VALUE, "code", log)
    rows = drop_duplicates(with_levels(_of_everybody(rows, log), communes, log), ["level", "code"], log)
    log.kept = len(rows)
    return ReadResult({"vehicles": rows[["level", "code", *SHARES]].reset_index(drop=True)}, [log])


def _of_everybody(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Rows with the share of every mode, which add up to 1; those of which they cannot be had are set aside."""
    rows = rows.assign(**{name: 0.0 for name in _VEHICLES if name not in rows})
    vehicles = rows[_VEHICLES].sum(axis=1)
    walk = rows["walk_share"] if "walk_share" in rows else pd.Series(np.nan, index=rows.index)
    rows = rows.assign(walk_share=walk.astype(np.float64).fillna((1.0 - vehicles).clip(lower=0.0)))
    total = rows[SHARES].sum(axis=1)
    rows = rows.assign(**{name: rows[name] / total for name in SHARES})
    is_all = (total - 1.0).abs() <= SHARES_TOLERANCE
    return rows_where(rows, is_all, Reason.MODES_NOT_ONE, "code", log)
