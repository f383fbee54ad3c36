"""What a file holds as text, and the column that says in which line each row stood."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import TypeVar

import pandas as pd
import pyarrow as pa

LINE = "line"
Table = TypeVar("Table", bound=pd.DataFrame)
_THREE_DECIMALS = re.compile(r"-?\d{1,3}\.\d{3}$")


def cell_text(value: object) -> str:
    """Write a cell or attribute as text: '' for nothing, whole floats without '.0', a date without a time as a date.

    A number with three decimals gets a fourth, '1.2340': it is no text '1.234', which may be thousands.

    Parameters
    ----------
    value : object
        Any value of a sheet or vector file.

    Returns
    -------
    str
        The text, without spaces around it.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, float) and _THREE_DECIMALS.match(text := str(value)):
        return f"{text}0"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value).strip()


def attribute_text(values: pd.Series) -> pd.Series:
    """Write attribute values as text.

    Parameters
    ----------
    values : Series
        (n,) values.

    Returns
    -------
    Series
        (n,) text: whole floats without '.0', missing ones as ''.
    """
    return values.map(lambda value: "" if pd.isna(value) else cell_text(value)).astype(object)


def require_unicode(table: Table) -> Table:
    """Look at the bytes of every text of a table that Arrow has read, which looks at them only where they are used.

    Parameters
    ----------
    table : DataFrame
        The table.

    Returns
    -------
    DataFrame
        The table itself.

    Raises
    ------
    pyarrow.ArrowInvalid
        When a text is no UTF-8.
    """
    for position, kind in enumerate(table.dtypes):
        if isinstance(kind, pd.StringDtype):
            pa.array(table.iloc[:, position].array).validate(full=True)
    return table


def plain_name(text: str) -> str:
    """Reduce a name to what is compared: no accents, case, spaces or punctuation.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    str
        The plain name.
    """
    flat = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\W_]+", "", "".join(char for char in flat if not unicodedata.combining(char)))
