"""Claims: who declares what, with which technology, at which speed, where the receiver is, and of what day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import CoverageFile, FixedFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.parsing.validation import rows_where
from commune_coverage.readers.towers.technologies import technologies_in
from commune_coverage.schema.inputs import ENVIRONMENTS

ANY_SPEED_MBPS = 0.0
"""Of a signal of which no speed is declared."""


class Claim(NamedTuple):
    """What one operator declares.

    Attributes
    ----------
    operator : str
        The operator.
    technology : str
        '2g', '3g', '4g' or '5g'.
    speed_mbps : float
        Downlink, Mbps; ``ANY_SPEED_MBPS`` for a signal of any speed.
    environment : str
        'outdoor', 'in_vehicle' or 'indoor'.
    date : str
        ISO date; '' where it is not stated.
    """

    operator: str
    technology: str
    speed_mbps: float
    environment: str
    date: str


CLAIM_COLUMNS = list(Claim._fields)


def claim_of(file: CoverageFile) -> Claim:
    """Make the claim that the country file states for a whole file.

    Parameters
    ----------
    file : CoverageFile
        One section of declared coverage, with operator and technology.

    Returns
    -------
    Claim
    """
    speed_mbps = ANY_SPEED_MBPS if file.speed_mbps is None else file.speed_mbps
    day = "" if file.date is None else file.date.isoformat()
    return Claim(file.operator or "", file.technology or "", speed_mbps, file.environment, day)


def with_claims(rows: pd.DataFrame, file: CoverageFile, log: RowLog) -> pd.DataFrame:
    """Give each row its claim: what it states itself, else what the country file states for the file.

    Parameters
    ----------
    rows : DataFrame, (rows,)
        Checked columns of ``COVERAGE`` that the file has, and ``line``.
    file : CoverageFile
        The section of the country file.
    log : RowLog
        Takes the rows without an operator or a technology, and those of unknown ones, environments or dates.

    Returns
    -------
    DataFrame
        The rows that are kept, with ``CLAIM_COLUMNS``.
    """
    usual = claim_of(file)
    for name in CLAIM_COLUMNS:
        own = rows[name] if name in rows else pd.Series("", rows.index)
        is_empty = own.isna() | own.eq("")
        rows = rows.assign(**{name: own.astype(object).mask(is_empty, getattr(usual, name))})
    rows = rows_where(rows, rows["operator"] != "", Reason.MISSING_VALUE, "operator", log)
    named = {word: technologies_in(str(word)) for word in pd.unique(rows["technology"]) if word}
    known = {word: pairs[0][0] for word, pairs in named.items() if len(pairs) == 1}
    rows = rows_where(rows, rows["technology"].isin(list(known)), Reason.UNKNOWN_TECHNOLOGY, "technology", log)
    place = rows["environment"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    rows = rows.assign(technology=[known[word] for word in rows["technology"]], environment=place)
    rows = rows_where(rows, rows["environment"].isin(ENVIRONMENTS), Reason.OUT_OF_RANGE, "environment", log)
    rows = rows.assign(speed_mbps=rows["speed_mbps"].astype(np.float64))
    return rows_where(rows, rows["date"].map(_is_date_or_none).astype(bool), Reason.NOT_A_DATE, "date", log)


def _is_date_or_none(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class ClaimNumbers:
    """Claims of all files in the order in which they are first made, each with the number of features behind it."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, Claim], int] = {}
        self._features: list[int] = []

    def number(self, file: int, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Number the claims of rows.

        Parameters
        ----------
        file : int
            Number of the file.
        rows : DataFrame, (rows,)
            With ``CLAIM_COLUMNS``.

        Returns
        -------
        (rows,) int64
            Number of each row's claim.
        """
        group = rows.groupby(CLAIM_COLUMNS, sort=False)
        claims = [Claim(*values) for values in group[CLAIM_COLUMNS].first().itertuples(index=False)]
        numbers = [self._number((file, claim)) for claim in claims]
        of_row = np.array(numbers, dtype=np.int64)[group.ngroup().to_numpy()] if claims else np.zeros(0, np.int64)
        for number, count in enumerate(np.bincount(of_row, minlength=len(self._features)).tolist()):
            self._features[number] += count
        return of_row

    def _number(self, key: tuple[int, Claim]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._features)
            self._features.append(0)
        return self._numbers[key]

    def table(self, files: Sequence[CoverageFile | FixedFile], crs: Mapping[int, str]) -> pd.DataFrame:
        """List the claims.

        Parameters
        ----------
        files : sequence of CoverageFile or FixedFile
            All files, in their order.
        crs : mapping of int to str
            Reference system of the files of polygons, by number.

        Returns
        -------
        DataFrame, (claims,)
            ``number`` and ``CLAIM_COLUMNS``, with the number of its file (``file_number``), the file's name, kind and,
            of polygons, reference system, and how many ``features`` declare it.
        """
        rows = [
            (number, file, files[file].path.name, files[file].kind, crs.get(file, ""), *claim, self._features[number])
            for (file, claim), number in self._numbers.items()
        ]
        columns = ["number", "file_number", "file", "kind", "crs", *CLAIM_COLUMNS, "features"]
        return pd.DataFrame(rows, columns=columns)
