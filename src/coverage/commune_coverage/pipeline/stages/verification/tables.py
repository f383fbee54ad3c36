"""From the sums of cells to tables: parts of cells, areas with their tests, and cells that were tested."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.verification import Verification
from commune_coverage.core.hexagons import cells_at, middles_of, names_of
from commune_coverage.core.metric_system import MetricSystem
from commune_coverage.indicators.verification.areas import summarise_areas
from commune_coverage.indicators.verification.cells import judge_cells
from commune_coverage.indicators.verification.evidence import outcomes, sums_by_cell
from commune_coverage.indicators.verification.places import PLACE, summarise_places
from commune_coverage.pipeline.stages.declared.table import service_level
from commune_coverage.pipeline.stages.declared.targets import ANY, Target
from commune_coverage.readers.columns.words import plain_words

_SUMMED = ("people", "land_km2", "modelled_people")
_COUNTS = ("tests", "failing", "places", "devices", "days")
_WORDS = ("kinds", "last_day")
NOWHERE = -1
"""The commune of a row of the nation."""


class Country(NamedTuple):
    """All cells of the country, what targets cover of them, and the tests.

    Attributes
    ----------
    pairs : DataFrame
        ``cell``, ``commune``, ``people`` and ``land_km2``: all that is there.
    covered : DataFrame
        ``target``, ``pair`` and what of it is declared and modelled as covered.
    tests : DataFrame
        Those that count, with ``cell``.
    is_declared : (targets, tests) bool
        Whether a test lies where a target is declared.
    is_modelled : tuple of bool, (targets,)
        Whether the model says anything of what a target declares.
    living : DataFrame
        ``target``, ``place_x``, ``place_y``, ``people`` and ``modelled_people`` of squares with tests.
    """

    pairs: pd.DataFrame
    covered: pd.DataFrame
    tests: pd.DataFrame
    is_declared: npt.NDArray[np.bool_]
    is_modelled: tuple[bool, ...]
    living: pd.DataFrame


def named_target(target: Target) -> dict[str, Any]:
    """What a row says of its target."""
    named = {name: getattr(target, name) for name in ("operator", "technology", "environment")}
    return named | {"service_level": service_level(target.speed_mbps)}


def tests_of(country: Country, number: int, target: Target, settings: Verification) -> pd.DataFrame:
    """Tests that say something of a target, with whether they failed and lie where it is declared.

    A test of no stated operator or technology is one of any.
    """
    tests = country.tests
    if tests.empty:
        return tests
    operator, technology = tests["operator"].map(plain_words), tests["technology"]
    is_own = (operator == plain_words(target.operator)) & (technology == target.technology)
    if target.operator == ANY:
        is_own = (operator == "") | (technology == "")
    is_known, failed = outcomes(tests, target.speed_mbps, settings.min_level_dbm)
    rows = (is_own & (tests["environment"] == target.environment)).to_numpy() & is_known
    return tests[rows].assign(failed=failed[rows], declared=country.is_declared[number][rows])


def cell_sides(country: Country, number: int, tests: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """List the declared and the other part of each cell, with people, land and tests.

    Parameters
    ----------
    country : Country
        Sums of the country.
    number : int
        Number of the target.
    tests : DataFrame
        What ``tests_of`` gives.
    keys : list of str
        ``cell``, or ``commune`` and ``cell``.

    Returns
    -------
    DataFrame
        One row a part that has land, people or tests; ``is_edge`` where a cell has declared land and other land.
    """
    parts = _parts(country, number)
    has_land = parts[parts["land_km2"] > 0].groupby("cell")["declared"].nunique()
    on_edge = has_land.index[has_land > 1]
    table = parts.groupby([*keys, "declared"], sort=True)[list(_SUMMED)].sum().reset_index()
    if len(tests):
        table = table.merge(sums_by_cell(tests, [*keys, "declared"]), how="outer", on=[*keys, "declared"])
    table = table.reindex(columns=[*keys, "declared", *_SUMMED, *_COUNTS, "hours_apart", *_WORDS])
    table = table.fillna(dict.fromkeys((*_SUMMED, *_COUNTS, "hours_apart"), 0.0))
    table = table.astype(dict.fromkeys(_COUNTS, np.int64) | {"declared": bool})
    share = table["modelled_people"] / table["people"].where(table["people"] > 0)
    table["modelled_share"] = share if country.is_modelled[number] else np.nan
    words = {name: table[name].astype(object).fillna("") for name in _WORDS}
    return table.assign(**words, is_edge=table["cell"].isin(on_edge).to_numpy())


def _parts(country: Country, number: int) -> pd.DataFrame:
    """The declared and the other part of each cell and commune; what there is nothing of is left out."""
    pairs, covered = country.pairs, country.covered[country.covered["target"] == number]
    held = {name: np.zeros(len(pairs)) for name in (*_SUMMED, "both_people")}
    for name, values in held.items():
        values[covered["pair"].to_numpy()] = covered[name].to_numpy()
    declared = {name: held[name] for name in ("people", "land_km2")} | {"modelled_people": held["both_people"]}
    whole = {name: pairs[name].to_numpy() for name in ("people", "land_km2")}
    whole |= {"modelled_people": held["modelled_people"]}
    other = {name: np.maximum(values - declared[name], 0.0) for name, values in whole.items()}
    table = pd.concat([pairs.assign(declared=True, **declared), pairs.assign(declared=False, **other)])
    return table[(table["people"] > 0) | (table["land_km2"] > 0)]


def national_summary(sides: pd.DataFrame, settings: Verification) -> dict[str, Any]:
    """Sum all of a target, with what the model says of it.

    Parameters
    ----------
    sides : DataFrame
        Parts of all cells.
    settings : Verification
        The settings.

    Returns
    -------
    dict of str to value
    """
    people, modelled = (sides.groupby("declared")[name].sum() for name in ("people", "modelled_people"))
    both, beyond = float(modelled.get(True, 0.0)), float(modelled.get(False, 0.0))
    is_modelled, whole = bool(sides["modelled_share"].notna().any()), float(people.sum())
    agreed = both + float(people.get(False, 0.0)) - beyond
    known = {"people": whole, "modelled_people": both + beyond, "declared_and_modelled_people": both}
    known |= {"modelled_agreement_share": agreed / whole if whole > 0 else np.nan}
    named = {name: value if is_modelled or name == "people" else np.nan for name, value in known.items()}
    summary = summarise_areas(sides, [], settings).to_dict("records")[0]
    return {str(name): value for name, value in summary.items()} | {"level": "nation", "commune": NOWHERE, **named}


def commune_summaries(country: Country, number: int, tests: pd.DataFrame, settings: Verification) -> pd.DataFrame:
    """Sum the communes in which a target was tested.

    Parameters
    ----------
    country : Country
        Sums of the country.
    number : int
        Number of the target.
    tests : DataFrame
        What ``tests_of`` gives.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        One row a commune.
    """
    if tests.empty:
        return pd.DataFrame()
    sides = cell_sides(country, number, tests, ["commune", "cell"])
    sides = sides[sides["commune"].isin(tests["commune"].unique())]
    return summarise_areas(sides, ["commune"], settings).assign(level="commune")


def tested_cells(sides: pd.DataFrame, settings: Verification) -> pd.DataFrame:
    """List the parts of cells that were tested, with their verdict.

    Parameters
    ----------
    sides : DataFrame
        Parts of cells.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        With the position of the cell's middle.
    """
    tested = sides[sides["tests"] > 0]
    return placed_cells(tested.assign(verdict=judge_cells(tested, settings)))


def places_with_tests(
    country: Country, number: int, tests: pd.DataFrame, system: MetricSystem, settings: Verification
) -> pd.DataFrame:
    """List the squares in which a target was tested.

    Parameters
    ----------
    country : Country
        Sums of the country.
    number : int
        Number of the target.
    tests : DataFrame
        What ``tests_of`` gives.
    system : MetricSystem
        The country's plane.
    settings : Verification
        The settings.

    Returns
    -------
    DataFrame
        As ``summarise_places``, with the position of each square's middle, and the cell of H3 in which it lies.
    """
    if tests.empty:
        return pd.DataFrame()
    living = country.living[country.living["target"] == number].drop(columns="target")
    table = summarise_places(tests, living, is_modelled=country.is_modelled[number])
    lon, lat = system.to_degrees(*((table[PLACE].to_numpy() + 0.5) * settings.place_m).T)
    cells = cells_at(lon, lat, settings.resolution)
    return table.assign(lon=lon, lat=lat, h3=np.array(names_of(cells.tolist()), dtype=object)).drop(columns=PLACE)


def placed_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with their name in H3 and the position of their middle, degrees."""
    numbers = cells["cell"].tolist()
    lon, lat = middles_of(numbers)
    return cells.assign(h3=np.array(names_of(numbers), dtype=object), lon=lon, lat=lat)
