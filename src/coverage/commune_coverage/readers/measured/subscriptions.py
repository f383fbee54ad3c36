"""People who use the mobile internet, stated for communes, districts or provinces."""

from __future__ import annotations

from commune_coverage.config.layers import SubscriptionsLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.measured.area_codes import level_of_codes
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, drop_duplicates
from commune_coverage.schema.inputs import SUBSCRIPTIONS


def read_subscriptions(layer: SubscriptionsLayer, context: ReadContext) -> ReadResult:
    """Read users of mobile internet; a code is looked for among communes, then districts, then provinces.

    Codes that none of them has are quarantined.

    Parameters
    ----------
    layer : SubscriptionsLayer
        A table of codes and users.
    context : ReadContext
        Without an area the rows are checked, and codes are not looked up.

    Returns
    -------
    ReadResult
        Table ``subscriptions``: (rows,) with ``level`` ('commune', 'district', 'province'), ``code`` and ``users``
        (people).

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it has no column of codes or of users.
    """
    log, communes = RowLog("subscriptions", layer.path.name), None if context.area is None else context.area.communes
    rows = check_rows(
        pick_columns(read_table(layer, log), SUBSCRIPTIONS, layer), SUBSCRIPTIONS, log, layer.number_format
    )
    rows = drop_duplicates(rows, ["code"], log)
    if communes is None:
        log.kept = len(rows)
        return ReadResult({"subscriptions": rows.assign(level="")[["level", "code", "users"]]}, [log])
    level, code = level_of_codes(rows["code"], communes)
    unknown = level == ""
    log.set_aside(rows[LINE].to_numpy()[unknown], Reason.UNMATCHED_CODE, list(rows["code"][unknown]))
    log.kept = int((~unknown).sum())
    users = rows.assign(level=level, code=code)[~unknown][["level", "code", "users"]].reset_index(drop=True)
    return ReadResult({"subscriptions": users}, [log], {"users": float(users["users"].sum())})
