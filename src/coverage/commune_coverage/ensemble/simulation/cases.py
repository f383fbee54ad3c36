"""Truths of invented countries, files that lack a part of them, and ensembles that see the files only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.ensemble.compact import GAP, CompactModel, Figure, as_listed, commune_shares, compact_model, serve
from commune_coverage.ensemble.draws import assemble, draw_common, draw_operator, make_sampler
from commune_coverage.ensemble.ensemble import Asked, Ensemble, run_ensemble
from commune_coverage.ensemble.missing import Complete, MissingModel, SampleCounts, StatedMasts, UnknownShare
from commune_coverage.ensemble.networks import PossibleNetwork, possible_network, with_possible
from commune_coverage.ensemble.placement import possible_positions
from commune_coverage.ensemble.priors import Priors
from commune_coverage.ensemble.sample import sample_places
from commune_coverage.ensemble.simulation.invented import (
    COLUMNS,
    COMMUNE_M,
    OPERATORS,
    ROWS,
    InventedCountry,
    invent,
    people_within,
)
from commune_coverage.ensemble.weighing import KnownShare
from commune_coverage.indicators.shares import low_high
from commune_coverage.radio.diffraction.profile import flat_ground
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.path_gain_tables import Gains, make_table, table_distances_m
from commune_coverage.radio.service.bit_flags import OUTDOOR, covered_bit
from commune_coverage.radio.tile_layout import Surface, no_ground
from commune_coverage.schema.inputs import PLACE_BOUNDS, TECHNOLOGIES

Floats = npt.NDArray[np.float64]
MAX_RANGE_M, THRESHOLD_MBPS = 35_000.0, 10.0
PER_COMMUNE, POSITIONS, APART_M = 12, 150, 2_000.0
FIGURES = [GAP, *(Figure("covered", name, "4g") for name in ("", *OPERATORS))]
FLAT = Surface(flat_ground(), no_ground)
PUBLISHED_SIGMA = 0.01
_OTHER = Priors(alternative_probability=0.0, operator_share=0.2, local_sigma_db=6.0, local_correlation_m=4_000.0)
"""By what truths of another model are drawn: their own law, stronger and wider shadowing, operators less alike."""


@dataclass(frozen=True)
class Case:
    """What is hidden, how, and what is known.

    Attributes
    ----------
    hidden_share : float
        Share of the sites, or for a crowd of the stations, that the file lacks.
    hiding : str
        ``random``, ``rural``, ``operator`` (of one alone), ``clustered`` (whole districts), ``crowd`` (by chance of
        sightings).
    known : str
        ``masts``: number of sites of each operator; ``shares``: published shares of 2G and 4G, within 2 points;
        ``samples``: how often each station was seen.
    truth : str
        ``same``: radio parameters from the ensemble's own priors; ``other``: another propagation family, and
        other shadowing in space.
    """

    hidden_share: float
    hiding: Literal["random", "rural", "operator", "clustered", "crowd"]
    known: Literal["masts", "shares", "samples"]
    truth: Literal["same", "other"] = "same"

    @property
    def name(self) -> str:
        """Words for a table."""
        return f"{self.hidden_share:.0%} {self.hiding}, {self.known} known, {self.truth} model"


@dataclass(frozen=True, eq=False)
class Truth:
    """A country whose figures are known.

    Attributes
    ----------
    country : InventedCountry
        Places and complete networks.
    shares : (figures, communes) float64
        Figures of ``FIGURES`` and, after them, 2G of each operator.
    people : (communes,) float64, people
        People.
    """

    country: InventedCountry
    shares: Floats
    people: Floats


def all_figures() -> list[Figure]:
    """List the figures of a truth: those that are scored, and 2G of each operator."""
    return [*FIGURES, *(Figure("covered", name, "2g") for name in OPERATORS)]


def log_distance_gains(gains: Gains, classes: pd.DataFrame, rng: np.random.Generator) -> Gains:
    """Replace the gain tables by the log-distance law, which is none of the package's models.

    Parameters
    ----------
    gains : Gains
        Tables of the network, for their reach.
    classes : DataFrame
        ``frequency_mhz`` of each pathloss class.
    rng : Generator
        Source of chance.

    Returns
    -------
    Gains
        Free space to 100 m, and from there 10 times an exponent of 3.2 to 3.8 in the country, 3.4 to 4 in suburbs and
        3.6 to 4.2 in towns in dB a decade (T. S. Rappaport, Wireless Communications, 2002, section 4.9).
    """
    exponents, metres = rng.uniform(0, 0.6) + np.array([3.2, 3.4, 3.6]), table_distances_m()
    tables = []
    for frequency_mhz in classes["frequency_mhz"]:
        near_db = 32.4 + 20 * np.log10(frequency_mhz) + 20 * np.log10(0.1)
        for exponent in exponents:
            loss_db = near_db + 10 * exponent * np.log10(np.maximum(metres, 100) / 100)
            tables.append(make_table(loss_db, float(gains.reach_m.max()))[0])
    return gains._replace(table=np.array(tables))


def make_truth(case: Case, radios: Radios, seed: int) -> Truth:
    """Draw a country and its figures, of all places and all masts.

    Parameters
    ----------
    case : Case
        What the truth is made by.
    radios : Radios
        Link budgets that the ensemble assumes.
    seed : int
        Same seed, same truth, whatever is hidden.

    Returns
    -------
    Truth
        With figures by commune.
    """
    country = invent(seed)
    is_same = case.truth == "same"
    priors = Priors() if is_same else _OTHER
    network = _network(country.cells, country, radios)
    if not is_same:
        gains = log_distance_gains(network.network.gains, _classes(network), np.random.default_rng([seed, 38]))
        network = replace(network, network=replace(network.network, gains=gains))
    model = compact_model(country.places, network.network, FLAT, country.communes, THRESHOLD_MBPS)
    nobody = country.places.iloc[:1]
    sampler = make_sampler(model, network, nobody, dict.fromkeys(OPERATORS, Complete()), priors)
    networks = [draw_operator(sampler, name, 7_919 * seed + 1, 0) for name in network.network.operators]
    drawn = assemble(sampler, draw_common(sampler, 7_919 * seed + 1, 0), networks)
    return Truth(country, commune_shares(model, serve(model, drawn), all_figures()), _people_of(model))


def _classes(network: PossibleNetwork) -> pd.DataFrame:
    """The pathloss classes, class by class."""
    return network.network.transmitters.drop_duplicates("pathloss_class").sort_values("pathloss_class")


def _people_of(model: CompactModel) -> Floats:
    return np.bincount(model.commune, model.people, model.communes).astype(np.float64)


def listed_cells(case: Case, country: InventedCountry, seed: int) -> pd.DataFrame:
    """Take from the cells of a country what the file lacks.

    Parameters
    ----------
    case : Case
        What is hidden, and how.
    country : InventedCountry
        All cells.
    seed : int
        Same seed, same file.

    Returns
    -------
    DataFrame
        Cells of the file; of a crowd with how often each was seen.
    """
    rng, cells = np.random.default_rng([seed, 31]), country.cells
    stations = cells.drop_duplicates(["site", "technology"])
    people = people_within(stations[["x_m", "y_m"]].to_numpy(), country.places, 5_000.0)
    if case.hiding == "crowd":
        seen = _sightings(people, case.hidden_share, rng)
        counts = stations[["site", "technology"]].assign(samples=seen / 3)
        cells = cells.drop(columns="samples").merge(counts, on=["site", "technology"])
        return cells[cells["samples"] > 0].reset_index(drop=True)
    sites = stations.assign(people=people).drop_duplicates("site")
    if case.hiding == "operator":
        sites = sites[sites["operator"] == rng.choice(list(OPERATORS))]
    count = round(case.hidden_share * len(sites))
    order = _hiding_order(case, sites, rng)
    return cells[~cells["site"].isin(sites["site"].to_numpy()[order[:count]])].reset_index(drop=True)


def _hiding_order(case: Case, sites: pd.DataFrame, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    chance = rng.gumbel(size=len(sites))
    if case.hiding == "rural":
        chance = chance - np.log(sites["people"].to_numpy() + 10)
    if case.hiding == "clustered":
        at = sites[["x_m", "y_m"]].to_numpy()
        middles = at[rng.choice(len(at), 3, replace=False)]
        chance = -np.min([np.hypot(*(at - middle).T) for middle in middles], axis=0)
    return np.asarray(np.argsort(-chance, kind="stable"))


def _sightings(people: Floats, hidden_share: float, rng: np.random.Generator) -> Floats:
    """Poisson numbers of sightings, by the root of the people within 5 km and chance; so many stations by none."""
    rate = np.sqrt(people + 10) * rng.lognormal(0, 0.8, len(people))
    low, high = 1e-9, 1e9
    for _ in range(100):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if np.exp(-middle * rate).mean() > hidden_share else (low, middle)
    return rng.poisson(low * rate).astype(np.float64)


def estimate(case: Case, truth: Truth, radios: Radios, seed: int, draws: int, priors: Priors | None = None) -> Ensemble:
    """Draw an ensemble from the file and what is known.

    Parameters
    ----------
    case : Case
        What is hidden and what is known.
    truth : Truth
        Whose file it is; nothing else of it is read but what the case says is known.
    radios : Radios
        Link budgets.
    seed, draws : int
        Seed and number of draws.
    priors : Priors, optional
        Assumptions.

    Returns
    -------
    Ensemble
        Of ``all_figures()``.
    """
    country, figures = truth.country, all_figures()
    cells = listed_cells(case, country, seed)
    sample = sample_places(country.places, PER_COMMUNE, seed)
    positions = possible_positions(sample, POSITIONS, APART_M, seed)
    possible = _network(with_possible(cells, positions), country, radios)
    model = compact_model(sample, possible.network, FLAT, country.communes, THRESHOLD_MBPS)
    sampler = make_sampler(model, possible, positions, _missing(case, country), priors or Priors())
    full = _full_figures(cells, country, radios)
    known = _published(truth, seed) if case.known == "shares" else []
    return run_ensemble(sampler, Asked(figures, truth.people, full, known, seed, draws))


def _network(cells: pd.DataFrame, country: InventedCountry, radios: Radios) -> PossibleNetwork:
    return possible_network(cells, country.urbanisation, radios, MAX_RANGE_M, is_register=True)


def _full_figures(cells: pd.DataFrame, country: InventedCountry, radios: Radios) -> Floats:
    """The figures of the file by all places."""
    network = _network(cells, country, radios).network
    model = compact_model(country.places, network, FLAT, country.communes, THRESHOLD_MBPS)
    return commune_shares(model, serve(model, as_listed(model)), all_figures())


def first_order_ranges(cells: pd.DataFrame, country: InventedCountry, radios: Radios) -> tuple[Floats, Floats]:
    """Work out the engine's own low and high of covered people for the cells of a file.

    Parameters
    ----------
    cells : DataFrame
        Cells of the file.
    country : InventedCountry
        Places.
    radios : Radios
        Link budgets.

    Returns
    -------
    low, high : (figures, communes) float64
        80 % ranges of ``all_figures()``; NaN for the gap, whose ranges need the loads of few and many users.
    """
    network = _network(cells, country, radios).network
    model = compact_model(country.places, network, FLAT, country.communes, THRESHOLD_MBPS)
    flags = serve(model, as_listed(model), has_loads=False).figures.flags
    operators, whole = len(network.operators), _people_of(model)
    sites = cells.drop_duplicates("site")
    row, column = (np.floor(sites[axis].to_numpy() / COMMUNE_M).astype(np.int64) for axis in ("y_m", "x_m"))
    commune = np.clip(row, 0, ROWS - 1) * COLUMNS + np.clip(column, 0, COLUMNS - 1)
    masts, ends = np.bincount(commune, minlength=country.communes).astype(np.float64), []
    for figure in all_figures():
        if figure == GAP:
            ends.append(np.full((2, country.communes), np.nan))
            continue
        who = network.operators.index(figure.operator) if figure.operator in network.operators else operators
        byte = flags[:, covered_bit(OUTDOOR, TECHNOLOGIES.index(figure.technology), who, operators)]
        sums = {
            f"x{bound}": np.asarray(
                np.bincount(model.commune, model.people * ((byte >> bit) & 1), country.communes), np.float64
            )
            for bit, bound in enumerate(PLACE_BOUNDS)
        }
        people = low_high(sums, "x", masts)
        ends.append(np.array([people["_low"], people["_high"]]) / whole)
    low, high = np.clip(np.array(ends), 0.0, 1.0).transpose(1, 0, 2)
    return low, high


def _missing(case: Case, country: InventedCountry) -> dict[str, MissingModel]:
    if case.known == "samples":
        return dict.fromkeys(OPERATORS, SampleCounts())
    if case.known == "shares":
        return dict.fromkeys(OPERATORS, UnknownShare())
    sites = country.cells.drop_duplicates("site").groupby("operator").size()
    return {name: StatedMasts(float(sites[name])) for name in OPERATORS}


def _published(truth: Truth, seed: int) -> list[KnownShare]:
    rng, known = np.random.default_rng([seed, 47]), []
    for figure, shares in zip(all_figures(), truth.shares, strict=True):
        if figure.operator:
            one = KnownShare(figure, 0.0, PUBLISHED_SIGMA)
            share = float(one.of(shares, truth.people)) + rng.normal(0, PUBLISHED_SIGMA)
            known.append(replace(one, share=min(max(share, 0.0), 1.0)))
    return known
