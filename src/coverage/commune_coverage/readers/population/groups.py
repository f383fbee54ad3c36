"""Groups of people, such as women or adults: how many of each live in each commune."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commune_coverage.config.layers import PeopleGroupFile, PeopleGroupsLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.population.reader import read_people

LAYER = "people_groups"
_ADDED = ("read", "counted", "outside", "quarantined")


def read_people_groups(layer: PeopleGroupsLayer, context: ReadContext) -> ReadResult:
    """Read how many people of each group live in each commune, from files in any form that people come in.

    Parameters
    ----------
    layer : PeopleGroupsLayer
        One file for each group.
    context : ReadContext
        As for people. Nothing is kept in its folder.

    Returns
    -------
    ReadResult
        Sums ``people_groups``: people of each commune by group, exact. The facts are those of people, all groups
        added, and ``groups``: those of each.

    Raises
    ------
    CoverageError
        What ``read_people`` raises.
    """
    results = {file.group: _read(file, context) for file in layer.files}
    if context.area is None:
        return ReadResult()
    groups = {name: {fact: result.facts[fact] for fact in _ADDED} for name, result in results.items()}
    facts: dict[str, Any] = {fact: sum(each[fact] for each in groups.values()) for fact in _ADDED}
    sums = {name: result.sums["people_sums"]["people"] for name, result in results.items()}
    logs = [_of_layer(log) for result in results.values() for log in result.row_logs]
    return ReadResult({}, logs, facts | {"groups": groups}, {LAYER: sums})


def _of_layer(log: RowLog) -> RowLog:
    """The log, and each row in it, as one of this layer: rows are shown to whom the layer is shown."""
    rows, outside = ([row | {"layer": LAYER} for row in listed] for listed in (log.rows, log.outside))
    return replace(log, layer=LAYER, rows=rows, outside=outside)


def _read(file: PeopleGroupFile, context: ReadContext) -> ReadResult:
    """One group, read where its places are in nobody's way."""
    if context.area is None:
        return read_people(file, context)
    with TemporaryDirectory(prefix=".group-", dir=context.folder) as name:
        folder = Path(name)
        shutil.copyfile(context.communes_file, folder / context.communes_file.name)
        return read_people(file, replace(context, folder=folder))
