"""The tables of the public edition: those of the white list, without rows and columns that are not for the public."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import atomic_write, link_file, read_table, write_table
from commune_coverage.indicators.suppression import Withheld, withhold_small
from commune_coverage.publish.editions.communes import Confidential, withheld_areas
from commune_coverage.publish.editions.shown import FIGURES, Shown, table_shown
from commune_coverage.readers.registry import layer_names
from commune_coverage.schema.official import COUNTED, SERIES

Flags = npt.NDArray[np.bool_]
Revise = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class PublicTables:
    """What the tables of the public edition are made of.

    Attributes
    ----------
    source, target : Path
        The folders of the whole run and of the public edition.
    confidential : mapping of str to int or None
        Layers that are not public, with the least count where figures are published.
    communes : DataFrame
        ``commune_gaps`` as it was computed.
    national : mapping of str to float, int or None
        National figures of the public edition.
    """

    source: Path
    target: Path
    confidential: Confidential
    communes: pd.DataFrame
    national: Mapping[str, Any]

    def write(self) -> list[str]:
        """Write every table that is for the public, and what its columns are; the names of those that are not."""
        withheld = []
        for path in sorted(self.source.glob("*.csv")):
            shown = table_shown(path.stem)
            if shown is None or shown.hides(self.confidential):
                withheld += [] if shown is None else [path.stem]
            else:
                self._write(path, shown)
        revise_csv(self.source / "quarantine.csv", self.target / "quarantine.csv", self._quarantine)
        return withheld

    def _write(self, path: Path, shown: Shown) -> None:
        gone: list[str] = []

        def revise(rows: pd.DataFrame) -> pd.DataFrame:
            gone.extend(shown.hidden_columns([str(name) for name in rows], self.confidential))
            revised = self._revised(path.stem, rows)
            return revised.drop(columns=gone) if gone else revised

        revise_csv(path, self.target / path.name, revise)
        words, whole = path.with_name(f"{path.stem}_dictionary.csv"), path.with_suffix(".parquet")
        if words.is_file():
            revise_csv(words, self.target / words.name, lambda rows: rows[~rows["column"].isin(gone)])
        if whole.is_file():
            write_table(self.target / whole.name, read_table(whole).drop(columns=gone))

    def _revised(self, name: str, rows: pd.DataFrame) -> pd.DataFrame:
        revisions: dict[str, Revise] = {
            "official_indicators": self._official,
            "operator_coverage": self._operators,
            "benchmarks": self._benchmarks,
        }
        return revisions[name](rows) if name in revisions else rows

    def _quarantine(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of layers that are public; their logs are named by the layer and a part of it."""
        public = set(layer_names()) - set(self.confidential)
        return rows[rows["layer"].str.split(".").str[0].isin(public)]

    def _operators(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without shares of the few people of a commune."""
        if self.confidential.get("people") is None:
            return rows
        gone = withheld_areas(self.communes, "people", self.confidential["people"]).communes
        codes = self.communes["commune_code"][gone]
        return _emptied(rows, rows["commune_code"].isin(codes).to_numpy(), "covered_share")

    def _benchmarks(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without figures that are withheld from the nation; those that are means of communes go with their people."""
        means = set() if "people" in self.confidential else set(self.communes.columns) - self._columns_withheld()
        if not {"people", "payments"} & self.confidential.keys():
            means |= {series.series for series in SERIES}
        shown = means | {name for name, value in self.national.items() if value is not None}
        return rows[rows["figure"].isin(shown)]

    def _columns_withheld(self) -> set[str]:
        patterns = [figures.columns for figures in FIGURES if figures.layer in self.confidential]
        return {str(name) for name in self.communes if any(re.fullmatch(one, str(name)) for one in patterns)}

    def _official(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Without numbers of points and of people in areas that are withheld."""
        gone = np.zeros(len(rows), dtype=np.bool_)
        is_counted = (rows["basis"] == COUNTED).to_numpy()
        if "payments" in self.confidential:
            least = self.confidential["payments"]
            gone |= is_counted & (True if least is None else self._few_points(rows, least))
        if "people" in self.confidential:
            least = self.confidential["people"]
            by_people = rows["unit"].str.contains("adults").to_numpy()
            gone |= by_people if least is None else _in(rows, withheld_areas(self.communes, "people", least))
        return _emptied(rows, gone, "value").assign(withheld=np.where(gone, "yes", ""))

    def _few_points(self, rows: pd.DataFrame, min_count: int) -> Flags:
        """Rows of series of which too few points stand in a province, or as many as a total would give back."""
        areas = self.communes.groupby("province_code")["area_km2"].sum()
        gone = np.zeros(len(rows), dtype=np.bool_)
        for title in rows["title"].unique():
            own = rows[(rows["title"] == title) & (rows["level"] == "province") & rows["unit"].str.contains("km2")]
            points = pd.to_numeric(own["value"]) * own["code"].map(areas) / 1000
            withheld = withhold_small(points.round().to_numpy(dtype=np.float64), [], min_count)
            codes = own["code"][withheld.communes]
            in_areas = (rows["level"] == "province") & rows["code"].isin(codes)
            gone |= ((rows["title"] == title) & (in_areas | ((rows["level"] == "nation") & withheld.nation))).to_numpy()
        return gone


def _in(rows: pd.DataFrame, withheld: Withheld) -> Flags:
    """Rows of the nation and of provinces that are withheld."""
    provinces, _districts = withheld.areas
    is_nation = (rows["level"] == "nation").to_numpy() & withheld.nation
    return is_nation | ((rows["level"] == "province") & rows["code"].isin(provinces)).to_numpy()


def _emptied(rows: pd.DataFrame, gone: Flags, start: str) -> pd.DataFrame:
    """The columns that begin so without what is withheld."""
    names = [name for name in rows if str(name).startswith(start)]
    return rows.assign(**{str(name): rows[name].where(~gone, "") for name in names})


def revise_csv(source: Path, target: Path, revise: Revise) -> None:
    """Write a table that ``write_csv`` wrote with other rows or columns, each cell as it was.

    Parameters
    ----------
    source, target : Path
        The files.
    revise : callable
        Given and returning a table of texts.
    """
    with source.open(encoding="utf-8-sig", newline="") as stream:
        header, *lines = list(csv.reader(stream)) or [[]]
    rows = pd.DataFrame(lines, columns=header, dtype=object)
    revised = revise(rows)
    if revised is rows:
        link_file(source, target)
        return
    with atomic_write(target) as path, path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("\ufeff")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(revised.columns)
        writer.writerows(revised.itertuples(index=False, name=None))
