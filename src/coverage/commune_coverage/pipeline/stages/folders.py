"""Where stages leave what is published, before it is."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.runs.run import Run


def tables_folder(run: Run) -> Path:
    """Where the tables are."""
    return run.stages_folder / "tables"


def open_tables_folder(run: Run) -> Path:
    """Where the tables are in further formats."""
    return run.stages_folder / "open_tables"


def open_places_folder(run: Run) -> Path:
    """Where rasters and hexagons of all places are."""
    return run.stages_folder / "open_places"
