"""Demand: the people of each place in each commune who lack a service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.errors import PlanError
from commune_coverage.core.files import read_attributes
from commune_coverage.indicators import delivery, payment
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.travel.commune_sums import is_rural
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times, payment_travel_times
from commune_coverage.planning.scenario.model import THEMES, Scenario, Theme
from commune_coverage.population.tables import read_places, read_shares, tile_count, tile_rows
from commune_coverage.runs.run import Run

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

VALUE_BIT, LOW_BIT, HIGH_BIT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Places:
    """All places of a country in the order of its tiles, and who of them lives in which commune.

    Parameters
    ----------
    x_m, y_m, people : ndarray of float64, shape (places,)
        Position in the country's metric system, and people.
    environment : ndarray of int64, shape (places,)
        Class of urbanisation.
    share_place, share_commune : ndarray of int64, shape (shares,)
        Place and row of the commune of each share of people.
    share_people : ndarray of float64, shape (shares,)
        People of that place in that commune.
    """

    x_m: Floats
    y_m: Floats
    people: Floats
    environment: Integers
    share_place: Integers
    share_commune: Integers
    share_people: Floats

    @cached_property
    def position(self) -> Floats:
        """Position of each place in metres; (places, 2)."""
        return np.column_stack([self.x_m, self.y_m])


def places_of(run: Run) -> Places:
    """Read the places of a run.

    Parameters
    ----------
    run : Run
        Ingested.

    Returns
    -------
    Places
        In the order of its tiles.
    """
    folder = run.stages_folder
    table = read_places(folder, ["x_m", "y_m", "people", "environment"])
    parts = [(read_shares(folder, tile), first) for tile, (first, _) in enumerate(tile_rows(folder))]
    x_m, y_m, people = (table[name].to_numpy(np.float64) for name in ("x_m", "y_m", "people"))
    return Places(
        x_m,
        y_m,
        people,
        table["environment"].to_numpy(np.int64),
        np.concatenate([part.place.astype(np.int64) + first for part, first in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([part.commune.astype(np.int64) for part, _ in parts] or [np.zeros(0, np.int64)]),
        np.concatenate([part.people for part, _ in parts] or [np.zeros(0)]),
    )


def internet_bits(run: Run) -> npt.NDArray[np.uint8]:
    """Read whether every place has the headline speed.

    Parameters
    ----------
    run : Run
        With the radio stages done.

    Returns
    -------
    ndarray of uint8, shape (places,)
        Bits VALUE_BIT, LOW_BIT and HIGH_BIT: as estimated, at the lower and at the upper bound.
    """
    name, files = f"served_{run.country.thresholds.high_speed_mbps[0]:g}", SignalFiles(run.stages_folder)
    tiles = range(tile_count(run.stages_folder))
    return np.concatenate([read_figures(files.figures(tile), lambda one: one == name)[name] for tile in tiles])


def served_flags(run: Run, theme: Theme, season: str, bound: str = "") -> Flags | None:
    """Read whether each place is served.

    Parameters
    ----------
    run : Run
        Computed to its gaps.
    theme : {"internet", "delivery", "payment"}
        The theme.
    season : {"dry", "wet"}
        Season of the travel times.
    bound : {"", "_low", "_high"}
        The estimate or one of its bounds.

    Returns
    -------
    ndarray of bool, shape (places,), or None
        None where that is not known.
    """
    folder = run.stages_folder
    if theme == "internet":
        if not SignalFiles(folder).figures(0).is_file():
            return None
        bit = {"": VALUE_BIT, "_low": LOW_BIT, "_high": HIGH_BIT}[bound]
        return np.asarray(internet_bits(run) >> bit & 1, dtype=bool)
    if not (folder / "travel_times" / ("hubs.npz" if theme == "delivery" else "payments.npz")).is_file():
        return None
    return np.concatenate(
        [_reached(run, theme, season, bound, tile, first, last) for tile, (first, last) in enumerate(tile_rows(folder))]
    )


def _reached(run: Run, theme: Theme, season: str, bound: str, tile: int, first: int, last: int) -> Flags:
    limits = run.country.thresholds
    if theme == "delivery":
        ways = hub_travel_times(run, tile, first, last)
        indicators = delivery.place_indicators(
            ways, limits.delivery_bands_min, limits.delivery_gap_min, limits.parcel_promise_min
        )
        return np.asarray(indicators[f"promise_{season}{bound}"])
    near = payment.place_indicators(
        payment_travel_times(run, tile, first, last), is_rural(run.stages_folder, tile), limits
    )
    return np.asarray(near[f"near_{season}{bound}"])


@dataclass(frozen=True, eq=False)
class Demand:
    """Items of demand: people of one place in one commune who lack one theme.

    Parameters
    ----------
    theme : ndarray of int64, shape (items,)
        Index in THEMES.
    place, commune : ndarray of int64, shape (items,)
        Rows of places and communes.
    people : ndarray of float64, shape (items,)
        People.
    """

    theme: Integers
    place: Integers
    commune: Integers
    people: Floats

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.people)


def demand_of(run: Run, places: Places, scenario: Scenario) -> tuple[Demand, dict[str, str]]:
    """List everybody in need whose need is known.

    Parameters
    ----------
    run : Run
        Computed to its gaps.
    places : Places
        Its places.
    scenario : Scenario
        Has the season and the weights.

    Returns
    -------
    demand : Demand
        Items; none in communes whose figures are data-poor: nothing is planned for them before they are measured.
    missing : dict of str to str
        For each theme without demand the reason.
    """
    table = read_attributes(run.stages_folder / "commune_gaps.parquet")
    parts: list[Demand] = []
    missing: dict[str, str] = {}
    for number, theme in enumerate(THEMES):
        if getattr(scenario.weights, theme) <= 0:
            missing[theme] = "the scenario gives it no weight"
            continue
        served = served_flags(run, theme, scenario.season)
        if served is None:
            missing[theme] = "its layers are not there"
            continue
        known = (table[f"{theme}_evidence"] != DATA_POOR).to_numpy()
        rows = ~served[places.share_place] & known[places.share_commune] & (places.share_people > 0)
        parts.append(
            Demand(
                np.full(int(rows.sum()), number),
                places.share_place[rows],
                places.share_commune[rows],
                places.share_people[rows],
            )
        )
    columns = [
        np.concatenate([getattr(part, name) for part in parts] or [np.zeros(0, np.int64)])
        for name in ("theme", "place", "commune", "people")
    ]
    return Demand(columns[0], columns[1], columns[2], columns[3].astype(np.float64)), missing


def weight_of(demand: Demand, run: Run, scenario: Scenario) -> Floats:
    """Weigh one person of each item: by theme, more where it is remote or poor.

    Parameters
    ----------
    demand : Demand
        Items of people in need.
    run : Run
        Has the commune table.
    scenario : Scenario
        Has the weights.

    Returns
    -------
    ndarray of float64, shape (items,)
        What one person counts for.

    Raises
    ------
    PlanError
        When the poverty file cannot be used.
    """
    weights = scenario.weights
    each = np.array([weights.internet, weights.delivery, weights.payment])[demand.theme]
    table = read_attributes(run.stages_folder / "commune_gaps.parquet")
    more = np.zeros(len(table))
    if weights.remoteness > 0 and "minutes_to_hub_median" in table:
        minutes = table["minutes_to_hub_median"].to_numpy(np.float64)
        more += weights.remoteness * np.clip(np.nan_to_num(minutes, nan=60.0, posinf=60.0) / 60, 0, 2)
    if weights.poverty > 0 and weights.poverty_file is not None:
        more += weights.poverty * _poverty(weights.poverty_file, table["commune_code"].astype(str))
    return np.asarray(each * (1 + more[demand.commune]))


def _poverty(path: object, codes: pd.Series) -> Floats:
    try:
        listed = pd.read_csv(str(path), dtype={"commune_code": str})
        shares = listed.set_index("commune_code")["poverty_share"].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise PlanError(f"the poverty file needs the columns commune_code and poverty_share: {error}") from error
    poverty = codes.map(shares).fillna(0.0).to_numpy(np.float64)
    if ((poverty < 0) | (poverty > 1)).any():
        raise PlanError("poverty_share must lie within 0 and 1")
    return np.asarray(poverty)
