"""What a layer is and how it is read: one declaration and one signature for every layer.

A reader takes the layer's section of the country file and a context, and returns tables, row logs and facts; where
the tables go, and what a run reports of them, is the same for all (``pipeline.stages.ingest``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer
from commune_coverage.core.errors import EmptyTableError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.provenance import files_of
from commune_coverage.schema.inputs import Table

# A run that has nothing to compute reads this module too: the libraries of tables are imported by the readers.
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from commune_coverage.readers.boundaries.study_area import StudyArea

    Floats = npt.NDArray[np.float64]

Progress = Callable[[int, int], None]
"""Called with the number of parts done and of all parts, 0 where that is not known."""


def no_progress(_done: int, _total: int) -> None:
    """Ignore progress."""


@dataclass(frozen=True)
class ReadContext:
    """What a reader may use next to the layer's own section.

    Parameters
    ----------
    country : Country
        The country file. In a run it holds only the sections and layers that the layer's ``LayerSpec`` declares.
    area : StudyArea or None
        The communes as an area. None where they cannot be read: rows are then checked, and not placed.
    folder : Path
        Where artifacts go that are no table. It holds ``communes.parquet``, the communes that have been read.
    engine : str
        Where work is done: 'serial', 'threads', 'processes' or a scheduler's address.
    progress : callable
        Called with parts done and all parts.
    run_date : date or None
        The run's date, where the layer's ``LayerSpec`` says that it depends on it.
    """

    country: Country
    area: StudyArea | None
    folder: Path
    engine: str = "serial"
    progress: Progress = no_progress
    run_date: date | None = None

    @property
    def communes_file(self) -> Path:
        """The GeoParquet of the communes, for workers."""
        return self.folder / "communes.parquet"


class Assumption(NamedTuple):
    """One assumption as the pages list it: theme, what is assumed, its value and unit, and who says so."""

    theme: str
    name: str
    value: str
    unit: str
    source: str


@dataclass(frozen=True)
class ReadResult:
    """What a reader returns.

    Parameters
    ----------
    tables : dict of str to DataFrame or GeoDataFrame
        Artifact to table, the layer's own first. A column ``commune`` (int, the position of a commune in code order,
        -1 outside) places a row. Empty for a layer that is only checked, such as a raster.
    row_logs : list of RowLog
        One for each file that was read; each balances.
    facts : dict
        Figures of the layer for the run report, as JSON.
    sums : dict of str to dict of str to ndarray
        Artifact to sums by commune, (communes,) float64 in code order.
    assumptions : list of Assumption
        What was assumed where the files do not say.
    unavailable : dict of str to str
        Indicators that cannot be computed from what was read, and why.
    records : dict of str to NamedTuple
        Artifact to a record of arrays.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    row_logs: list[RowLog] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    sums: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    unavailable: dict[str, str] = field(default_factory=dict)
    records: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """The layer's own table: the first of ``tables``."""
        return next(iter(self.tables.values()))


Reader = Callable[[Any, ReadContext], ReadResult]
"""``read(layer, context)``: ``layer`` is an instance of the settings model that the ``LayerSpec`` names."""


@dataclass(frozen=True)
class LayerSpec:
    """A layer: its section of the country file, its reader, and what a run makes of it.

    Parameters
    ----------
    name : str
        The key under ``[layers]``, the stage and the first artifact.
    title : str
        What it is called, in English.
    settings : type of Layer
        The model that validates the section.
    reader : callable
        ``read(layer, context)``.
    table : Table, optional
        The columns that the layer's file may have; ``recognise`` looks for these.
    key : tuple of str
        Columns that identify a row from version to version of the file; none where rows cannot be told apart.
    artifacts : tuple of str
        All that the stage writes, in the stages folder.
    placements : mapping of str to str
        Table to the artifact that takes its columns ``commune`` and ``is_inside``: what reads the table alone is then
        not computed again when boundaries change.
    sections : tuple of str
        Sections of the country file that the reader depends on, 'metric_crs' apart.
    opens : tuple of str
        Other layers whose files the reader opens.
    reads : tuple of str
        Artifacts that the reader needs.
    indicators : tuple of str
        What cannot be computed while the country file names no such layer.
    is_exported : bool
        Whether the table is published as ``<name>.csv``.
    depends_on_run_date : bool
        Whether the reader needs the run's date; the layer is then read again every day.
    """

    name: str
    title: str
    settings: type[Layer]
    reader: Reader
    table: Table | None = None
    key: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    placements: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("communes",)
    indicators: tuple[str, ...] = ()
    is_exported: bool = False
    depends_on_run_date: bool = False

    def read(self, layer: Layer, context: ReadContext) -> ReadResult:
        """Read the layer.

        Parameters
        ----------
        layer : Layer
            The section of the country file, an instance of ``settings``.
        context : ReadContext
            Country, area, folder for artifacts, engine, progress.

        Returns
        -------
        ReadResult
            Without tables for a layer whose only file is a table that holds nothing but its header.

        Raises
        ------
        CoverageError
            What the reader raises: the file is missing, damaged, unsafe, lacks a column or its reference system.
        """
        try:
            return self.reader(layer, context)
        except EmptyTableError:
            if self.name == "communes" or len(files_of(layer)) > 1:
                raise
            return ReadResult(row_logs=[RowLog(self.name, layer.path.name)])
