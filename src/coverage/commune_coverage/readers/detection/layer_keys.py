"""What a layer needs of a file beside its columns: the format, the columns without which it is not read, a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.readers.columns.vocabulary import words_of
from commune_coverage.readers.formats.csv import is_spatial
from commune_coverage.schema.inputs import Table

_HEARD = {"range", "radius", "changeable", "chg", "signal", "averagesignal", "created", "first", "seen"}
_UNNEEDED = _HEARD | {"unit", "psc", "pci", "pcid", "accuracy"}
_POSITION = ("lon", "lat")


@dataclass(frozen=True)
class LayerKeys:
    """Columns without which the layer is not read, further keys of its section, and sentences."""

    needed: tuple[str, ...]
    keys: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def for_layer(table: Table, ref: FileRef, frame: pd.DataFrame, named: set[str], *, is_headerless: bool) -> LayerKeys:
    """Tell the keys that the section of a recognised file needs.

    Parameters
    ----------
    table : Table
        The declared table of the layer.
    ref : FileRef
        The file.
    frame : DataFrame
        Its rows.
    named : set of str
        Declared columns that were recognised.
    is_headerless : bool
        Whether its first row is data.

    Returns
    -------
    LayerKeys
    """
    own: dict[str, Callable[[], LayerKeys]] = {
        "cells": lambda: _for_cells(table, is_crowd=is_headerless or _is_crowd(frame, named)),
        "people": lambda: _for_people(ref, named),
        "points": lambda: _for_points(table, ref, named),
        "speed_tests": lambda: _for_speed_tests(frame, named),
        "fixed": lambda: _for_fixed(table, named),
        "fibre": lambda: _for_fibre(ref),
        "vehicles": lambda: _for_vehicles(table, named),
    }
    make = own.get(table.name)
    return LayerKeys(tuple(table.required)) if make is None else make()


def known_and_unneeded(names: Sequence[str], keys: Mapping[str, object]) -> tuple[str, ...]:
    """Select the columns of a crowd's list that no figure needs, such as the range of a cell.

    Parameters
    ----------
    names : sequence of str
        Columns of the file that are read as nothing.
    keys : mapping of str to object
        The keys of the section; its ``format`` says what kind of file it is.

    Returns
    -------
    tuple of str
        In the order of the file; none of another kind of file.
    """
    is_crowd = keys.get("format") == "opencellid"
    return tuple(name for name in names if is_crowd and _UNNEEDED & set(words_of(name).split()))


def _is_crowd(frame: pd.DataFrame, named: set[str]) -> bool:
    """Whether a file has the columns of a crowd's list: which cell was heard, how often and when, in any words.

    An owner states what it built: a file with powers or heights is no crowd's.
    """
    if named & {"eirp_dbm", "antenna_height_m", "bandwidth_mhz"} or not {"area", "cell_id"} <= named:
        return False
    heard = {"samples", "updated"} & named or any(_HEARD & set(words_of(name).split()) for name in frame.columns)
    return bool(heard) and ({"mcc", "mnc"} <= named or "network" in named)


def _for_cells(table: Table, *, is_crowd: bool) -> LayerKeys:
    return LayerKeys(tuple(table.required), {"format": "opencellid" if is_crowd else "register"})


def _for_fibre(ref: FileRef) -> LayerKeys:
    return LayerKeys((), {"format": "vector"}) if is_spatial(ref) else LayerKeys(_POSITION, {"format": "table"})


def _for_vehicles(table: Table, named: set[str]) -> LayerKeys:
    # A table of codes is one of vehicles where it has shares of any.
    shares = [name for name in table.names if name in named][1:] or ["car_share"]
    return LayerKeys((*table.required, *shares))


def _for_people(ref: FileRef, named: set[str]) -> LayerKeys:
    if is_spatial(ref):
        return LayerKeys(("people",), {"format": "polygons"})
    if set(_POSITION) <= named:
        return LayerKeys((*_POSITION, "people"), {"format": "points"})
    return LayerKeys(("commune_code", "people"), {"format": "table"})


def _for_points(table: Table, ref: FileRef, named: set[str]) -> LayerKeys:
    keys: dict[str, object] = {"format": "vector" if is_spatial(ref) else "table"}
    if "class" in named:
        return LayerKeys(tuple(table.required), keys)
    note = "No column says what kind each point is: all are taken for default_class; put the right word there."
    needed = tuple(name for name in table.required if name != "class")
    return LayerKeys(needed, keys | {"default_class": "branch"}, (note,))


def _for_fixed(table: Table, named: set[str]) -> LayerKeys:
    if set(_POSITION) <= set(table.names):
        return LayerKeys((*_POSITION, "speed_mbps"), {"format": "points"})
    if "covered_share" not in table.names:
        return LayerKeys(("speed_mbps",), {"format": "polygons"})
    households = ("households_passed", "households")
    share = next(((name,) for name in ("covered_share", "covered_percent") if name in named), ("covered_share",))
    return LayerKeys(("speed_mbps", *(households if set(households) <= named else share)), {"format": "table"})


def _for_speed_tests(frame: pd.DataFrame, named: set[str]) -> LayerKeys:
    speeds = ("download_mbps", "download_kbps", "rsrp_dbm", "success")
    measured = next((name for name in speeds if name in named), "download_mbps")
    is_tiles = "quadkey" in frame
    note = ("Their positions are the middles of the tiles that quadkey names.",) * is_tiles
    return LayerKeys((*_POSITION, measured), {"format": "ookla" if is_tiles else "drive"}, note)
