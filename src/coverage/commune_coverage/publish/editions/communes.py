"""The commune table and the national figures of the public edition: what is withheld is empty and marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.suppression import Withheld, withhold_small
from commune_coverage.publish.editions.shown import FIGURES, NOT_OF_PEOPLE, Figures
from commune_coverage.schema.inputs import Table
from commune_coverage.schema.published import WITHHELD

Flags = npt.NDArray[np.bool_]
Confidential = Mapping[str, int | None]
Frame = TypeVar("Frame", bound=pd.DataFrame)

LEVELS = ("province", "district")
TOO_FEW = "withheld because too few people or records stand behind it"
_OVERRIDDEN = "the gap is set by an accepted challenge"


def withheld_areas(table: pd.DataFrame, count: str, min_count: int | None) -> Withheld:
    """Choose the areas whose figures are withheld because of one count.

    Parameters
    ----------
    table : DataFrame
        ``commune_gaps``.
    count : str
        The column that counts what stands behind the figures; '' where nothing does.
    min_count : int or None
        At least so many; None where all are withheld.

    Returns
    -------
    Withheld
        Communes, provinces and districts, the nation.
    """
    codes = [
        [*table[f"{level}_code"].fillna("")] if f"{level}_code" in table else [""] * len(table) for level in LEVELS
    ]
    if min_count is None or count not in table:
        return Withheld(np.ones(len(table), dtype=np.bool_), [frozenset(each) for each in codes], nation=True)
    return withhold_small(table[count].to_numpy(dtype=np.float64), codes, min_count)


def public_communes(table: Frame, declared: Table, confidential: Confidential) -> Frame:
    """The commune table without what is withheld.

    Parameters
    ----------
    table : DataFrame
        ``commune_gaps``.
    declared : Table
        Its columns that are known to this package; others are of other packages, and left out whatever they hold.
    confidential : mapping of str to int or None
        Layers that are not public, with the least count where figures are published.

    Returns
    -------
    DataFrame
        The same columns, and ``withheld``.
    """
    public = _Emptied(table)
    for figures in _confidential_figures(confidential):
        columns = [name for name in public.names if re.fullmatch(figures.columns, name)]
        gone = withheld_areas(table, figures.counted, confidential[figures.layer]).communes
        public.empty(columns, gone, figures.layer)
    notes = [name for name in public.names if name.endswith("_note")]
    if "challenges" in confidential:
        public.say({name: table[name].map(_without_challenge) for name in notes})
    if "people" in confidential:
        least = confidential["people"]
        gone = withheld_areas(table, "people", least).communes
        public.empty(_of_people(declared, is_aggregated=least is not None), gone, "people")
        if least is not None:
            public.say({name: public[name].where(~gone, TOO_FEW) for name in notes})
    public.empty([name for name in public.names if name not in declared.names], np.ones(len(table), dtype=np.bool_), "")
    return public.table()


class _Emptied(Generic[Frame]):
    """A table of which figures are taken out, and the layers that are to blame, row by row."""

    def __init__(self, table: Frame) -> None:
        self._table = table
        self._columns: dict[str, pd.Series] = {}
        self._marks = [set[str]() for _ in range(len(table))]
        self.names = [str(name) for name in table]

    def __getitem__(self, name: str) -> pd.Series:
        return self._columns.get(name, self._table[name])

    def empty(self, names: Collection[str], gone: Flags, layer: str) -> None:
        """Empty the columns in some rows, and mark those in which anything was there, unless no layer is named."""
        for name in names:
            values = self[name]
            filled = gone & values.notna().to_numpy() & (values != "").to_numpy()
            for row in np.flatnonzero(filled) if layer else ():
                self._marks[row].add(layer)
            self._columns[name] = values.where(~gone, np.nan if pd.api.types.is_numeric_dtype(values.dtype) else "")

    def say(self, columns: Mapping[str, pd.Series]) -> None:
        """Put other texts in the place of columns."""
        self._columns |= columns

    def table(self) -> Frame:
        """The table with ``withheld`` before its last column."""
        *names, last = self.names
        marks = pd.Series([", ".join(sorted(each)) for each in self._marks], index=self._table.index, dtype=object)
        changed = pd.DataFrame({**self._columns, WITHHELD.name: marks})
        whole = pd.concat([self._table.drop(columns=list(self._columns)), changed], axis=1)
        return cast("Frame", whole[[*names, WITHHELD.name, last]])


def _confidential_figures(confidential: Confidential) -> Iterable[Figures]:
    return (
        figures
        for figures in FIGURES
        if figures.layer in confidential and not _only_internal_people(figures, confidential)
    )


def _only_internal_people(figures: Figures, confidential: Confidential) -> bool:
    """Shares of people are published of a layer of people that is internal: they are computed with it."""
    return figures.layer == "people" and confidential["people"] is None


def _of_people(declared: Table, is_aggregated: bool) -> list[str]:
    """Numbers of people, and where these are published of larger areas only, all that is said of a commune's."""
    if is_aggregated:
        return [name for name in declared.names if not NOT_OF_PEOPLE.fullmatch(name)]
    return [column.name for column in declared.columns if column.unit == "people"]


def _without_challenge(note: Any) -> Any:
    return "; ".join(part for part in note.split("; ") if part != _OVERRIDDEN) if isinstance(note, str) else note


def public_table(declared: Table) -> Table:
    """The declaration of the public edition's commune table: with ``withheld`` before the last column."""
    *columns, last = declared.columns
    return Table(declared.name, declared.sentence, (*columns, WITHHELD, last))


def public_national(national: Mapping[str, Any], table: pd.DataFrame, confidential: Confidential) -> dict[str, Any]:
    """National figures without what is withheld.

    Parameters
    ----------
    national : mapping of str to float, int or None
        As they were computed.
    table : DataFrame
        ``commune_gaps`` as it was computed.
    confidential : mapping of str to int or None
        Layers that are not public.

    Returns
    -------
    dict of str to float, int or None
        None where a figure is withheld.
    """
    gone = [
        figures.columns for figures in _confidential_figures(confidential) if _is_withheld(figures, table, confidential)
    ]
    if "people" in confidential:
        least = confidential["people"]
        if least is None:
            gone.append("people|.*_people")
        elif withheld_areas(table, "people", least).nation:
            gone.append("(?!communes|measured_).*")
    return {name: None if any(re.fullmatch(one, name) for one in gone) else value for name, value in national.items()}


def _is_withheld(figures: Figures, table: pd.DataFrame, confidential: Confidential) -> bool:
    return withheld_areas(table, figures.counted, confidential[figures.layer]).nation
