"""Draws of whole countries: what all operators share, and each operator's network with the stations it may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.ensemble.compact import BusyHour, CompactModel, NetworkDraw
from commune_coverage.ensemble.missing import MissingModel
from commune_coverage.ensemble.networks import PossibleNetwork
from commune_coverage.ensemble.placement import Placement, placement_of
from commune_coverage.ensemble.priors import ALTERNATIVES, Priors, shadowing_grids, split_normal
from commune_coverage.ensemble.reception import ActiveTransmitters, Shadowing
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.link_budget_config import Z_LOW_HIGH, Radios
from commune_coverage.radio.transmitters import link_of
from commune_coverage.radio.uncertainty import node_losses_db
from commune_coverage.schema.inputs import BOUNDS, TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

_DB = np.float32(np.log(10) / 10)
_COMMON, _OPERATOR = 0, 1
_DEAD_FACTOR = 3.0
_ENDS = ("antenna_height_m_low", "antenna_height_m_high", "frequency_mhz_low", "frequency_mhz_high")


class CommonDraw(NamedTuple):
    """What all operators share in a draw.

    Attributes
    ----------
    family : int
        Family of propagation models: 0 for that of the link budgets, else a row of ``priors.ALTERNATIVES`` and 1.
    environment_db : (environments,) float64, dB
        By what the law of each environment is off.
    busy : BusyHour
        Demand and efficiency.
    corner : (2,) int64
        Where the grid of common shadowing begins.
    people_ratio : (places,) float64
        By what the people of each place are more or fewer.
    sampling_ratio : (places,) float64
        By what each place of the sample stands for more or fewer of the others.
    chance : (communes,) float64
        Numbers from 0 to 1, see ``ensemble.corrected``.
    """

    family: int
    environment_db: Floats
    busy: BusyHour
    corner: Integers
    people_ratio: Floats
    sampling_ratio: Floats
    chance: Floats


class OperatorDraw(NamedTuple):
    """The network of one operator in a draw, but for what all share.

    Attributes
    ----------
    active : ActiveTransmitters
        Transmitters that are there.
    eirp_ratio : (active,) float64
        Radiated power over the assumed one.
    uplink_ratio : (active,) float64
        By what the base station needs more.
    bandwidth_mhz : (active,) float64, MHz
        Bandwidth.
    missing : int
        Sites that the file lacks.
    """

    active: ActiveTransmitters
    eirp_ratio: Floats
    uplink_ratio: Floats
    bandwidth_mhz: Floats
    missing: int


@dataclass(frozen=True, eq=False)
class Sampler:
    """What draws of a country are made of.

    Attributes
    ----------
    model : CompactModel
        Sample of places and path gains.
    possible : PossibleNetwork
        Transmitters, and where missing ones may stand.
    priors : Priors
        Assumptions.
    missing : mapping of str to MissingModel
        By operator, what is known of the number of missing stations.
    placement : mapping of str to Placement
        By operator, where they may stand.
    shadowing : Shadowing
        Grids of shadowing in space.
    kind : (transmitters,) int64
        Row of each transmitter in the two tables that follow.
    end_gain_db : (kinds, 4, environments, nodes) float32, dB
        Gain of a path at the low and the high height and band, over that at the value.
    family_gain_db : (kinds, families, environments, nodes) float32, dB
        Gain of a path by each family of models, over that of the link budgets.
    age_years : (transmitters,) float64
        Years since a listed station was last seen; 0 where it is known to be there.
    """

    model: CompactModel
    possible: PossibleNetwork
    priors: Priors
    missing: Mapping[str, MissingModel]
    placement: Mapping[str, Placement]
    shadowing: Shadowing
    kind: Integers
    end_gain_db: Singles
    family_gain_db: Singles
    age_years: Floats


def make_sampler(
    model: CompactModel,
    possible: PossibleNetwork,
    positions: pd.DataFrame,
    missing: Mapping[str, MissingModel],
    priors: Priors,
    age_years: Floats | None = None,
) -> Sampler:
    """Prepare draws.

    Parameters
    ----------
    model : CompactModel
        Of the network of ``possible``.
    possible : PossibleNetwork
        Transmitters, and where missing ones may stand.
    positions : DataFrame
        New positions of ``networks.with_possible``.
    missing : mapping of str to MissingModel
        By operator.
    priors : Priors
        Assumptions.
    age_years : (transmitters,) float64, optional
        Years since each station was last seen.

    Returns
    -------
    Sampler
        With tables by transmitter.
    """
    network = possible.network
    placement = {name: placement_of(name, possible, positions, model) for name in network.operators}
    shadowing = shadowing_grids(priors, network.radios.conditions.site_correlation)
    age = np.zeros(len(network.transmitters)) if age_years is None else age_years
    tables = gains_by_kind(network.transmitters, network.radios)
    return Sampler(model, possible, priors, missing, placement, shadowing, *tables, age)


def gains_by_kind(transmitters: pd.DataFrame, radios: Radios) -> tuple[Integers, Singles, Singles]:
    """Tabulate what the ends of a height and of a band, and other models, would give more than what is assumed.

    Parameters
    ----------
    transmitters : DataFrame
        One row a transmitter, see ``transmitters.make_network``.
    radios : Radios
        Link budgets, with the propagation models of each environment.

    Returns
    -------
    kind : (transmitters,) int64
        Row of each transmitter in the tables.
    end_gain_db : (kinds, 4, environments, nodes) float32, dB
        Low and high height, low and high band.
    family_gain_db : (kinds, families, environments, nodes) float32, dB
        The models of the link budgets, 0, and ``priors.ALTERNATIVES``.
    """
    columns = ["frequency_mhz", "effective_height_m", "antenna_height_m", *_ENDS]
    kind = transmitters.groupby(columns, sort=True).ngroup().to_numpy().astype(np.int64)
    first = transmitters.drop_duplicates(columns).sort_values(columns)
    tables = [_gains_of(row, radios) for _, row in first.iterrows()]
    ends, families = (np.array(part, dtype=np.float32) for part in zip(*tables, strict=True))
    return kind, ends, families


def _gains_of(row: pd.Series, radios: Radios) -> tuple[Floats, Floats]:
    frequency_mhz, height_m = float(row["frequency_mhz"]), float(row["effective_height_m"])
    raised_m, own = height_m - float(row["antenna_height_m"]), link_of(frequency_mhz, height_m, radios)
    heights = [replace(own, antenna_height_m=max(float(row[name]) + raised_m, 1.0)) for name in _ENDS[:2]]
    bands = [replace(own, frequency_mhz=float(row[name])) for name in _ENDS[2:]]
    chains = [tuple(radios.environments[name].models) for name in NAMES]
    usual = np.array([node_losses_db(models, own, own) for models in chains])
    ends = np.array([[node_losses_db(models, own, link) for models in chains] for link in (*heights, *bands)])
    others = [[node_losses_db(family[name], own, own) for name in NAMES] for family in ALTERNATIVES]
    return usual - ends, usual - np.array([usual, *others])


def draw_common(sampler: Sampler, seed: int, number: int) -> CommonDraw:
    """Draw what all operators share.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    seed, number : int
        Seed of the ensemble and number of the draw: together they are the source of chance, so that draws do not depend
        on who makes them, or in which order.

    Returns
    -------
    CommonDraw
        The same for the same seed and number.
    """
    rng = np.random.default_rng([seed, number, _COMMON])
    priors, radios = sampler.priors, sampler.model.network.radios
    z, busy = rng.standard_normal(4 + len(TECHNOLOGIES) + len(NAMES)), radios.busy_hour
    shared = priors.environment_correlation
    off = np.sqrt(shared) * z[0] + np.sqrt(1 - shared) * z[-len(NAMES) :]
    adoption, demand = split_normal(busy.adoption_share, z[1]), split_normal(busy.demand_mbps, z[2])
    alpha = np.ones(len(TECHNOLOGIES))
    for row, (name, own) in enumerate(zip(TECHNOLOGIES, z[4:], strict=False)):
        if name in radios.technologies:
            spread = radios.technologies[name].shannon_alpha
            alpha[row] = np.clip(split_normal(spread, own) / spread.value, 0.3, 1 / spread.value)
    corner = rng.integers(0, sampler.shadowing.common.shape[0], 2)
    demand_mbps = float(np.clip(adoption, 0.02, 1.0) * max(demand, 0.1 * busy.demand_mbps.value))
    variance = np.full(len(sampler.model.people), priors.people_cv**2)
    family = int(rng.random() // max(priors.alternative_probability, 1e-12)) + 1
    return CommonDraw(
        family if family <= len(ALTERNATIVES) else 0,
        radios.conditions.median_sigma_db * off,
        BusyHour(demand_mbps, alpha),
        corner,
        _ratio_of_people(sampler.model, variance, rng),
        _ratio_of_people(sampler.model, 1 - sampler.model.own_people / sampler.model.people, rng),
        rng.random(sampler.model.communes),
    )


def _ratio_of_people(model: CompactModel, variance: Floats, rng: np.random.Generator) -> Floats:
    """Gamma numbers of mean 1, scaled so that every commune keeps its people.

    Of a sample whose places stand for others this is the Bayesian bootstrap (Rubin, Annals of Statistics 9, 1981), its
    variance less that of the places that are in the sample themselves.
    """
    known = np.maximum(variance, 1e-6)
    ratio = np.where(variance > 1e-6, np.maximum(rng.gamma(1 / known, known), 1e-9), 1.0)
    then, now = (np.bincount(model.commune, part, model.communes) for part in (model.people, model.people * ratio))
    return np.asarray(ratio * (then / np.maximum(now, 1e-300))[model.commune])


def draw_operator(sampler: Sampler, operator: str, seed: int, number: int, proposal: int = 0) -> OperatorDraw:
    """Draw the network of one operator.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    operator : str
        Which.
    seed, number, proposal : int
        Seed of the ensemble, number of the draw, and number of the proposal within it.

    Returns
    -------
    OperatorDraw
        The same for the same numbers.
    """
    own = sampler.model.network.operators.index(operator)
    rng = np.random.default_rng([seed, number, _OPERATOR + own, proposal])
    listed = np.flatnonzero(sampler.possible.is_listed & (sampler.model.operator_row == own))
    placement = sampler.placement[operator]
    missing = sampler.missing[operator].draw(placement.listed, rng)
    added, sites = placement.draw(missing, sampler.priors, rng)
    alive = listed[rng.random(len(listed)) < _alive_share(sampler, listed, rng)]
    return _with_radio(sampler, np.union1d(alive, added), sites, rng)


def _alive_share(sampler: Sampler, listed: Integers, rng: np.random.Generator) -> Floats:
    """Probability that each listed station still sends, by its age."""
    yearly = sampler.priors.dead_per_year * _DEAD_FACTOR ** (rng.standard_normal() / Z_LOW_HIGH)
    return np.asarray((1 - min(yearly, 0.9)) ** sampler.age_years[listed])


def _with_radio(sampler: Sampler, row: Integers, sites: int, rng: np.random.Generator) -> OperatorDraw:
    """Powers, heights, bands, widths and positions of the transmitters that are there."""
    table, cells, grid = sampler.model.network.transmitters, sampler.model.country.cells, sampler.shadowing.own.shape[0]
    _, site = np.unique(sampler.possible.site[row], return_inverse=True)
    power, height, band, width, uplink = _shared_numbers(sampler, row, rng)
    height = np.sqrt(0.5) * height + np.sqrt(0.5) * rng.standard_normal(site.max(initial=-1) + 1)[site]
    spread = {
        name: _at(table, name, row, z)
        for name, z in (("eirp_dbm", power), ("bandwidth_mhz", width))
    }  # fmt: skip
    power_db = spread["eirp_dbm"] - table["eirp_dbm"].to_numpy(np.float64)[row]
    ends_db = sampler.end_gain_db[sampler.kind[row]]
    level_db = _end_db(ends_db[:, :2], height) + _end_db(ends_db[:, 2:], band)
    level_db += power_db.astype(np.float32)[:, np.newaxis, np.newaxis]
    uplink_db = power_db + uplink * np.sqrt(sampler.model.parameters.transmitters.uplink_db2[row])
    move = rng.standard_normal((site.max(initial=-1) + 1, 2))[site] * table["position_sigma_m"].to_numpy()[row, None]
    corner = rng.integers(0, grid, (site.max(initial=-1) + 1, 2))[site]
    active = ActiveTransmitters(
        row, cells.x_m[row] + move[:, 0], cells.y_m[row] + move[:, 1], np.exp(level_db * _DB), corner
    )
    return OperatorDraw(active, 10 ** (power_db / 10), 10 ** (uplink_db / 10), spread["bandwidth_mhz"], sites)


def _shared_numbers(sampler: Sampler, row: Integers, rng: np.random.Generator) -> Floats:
    """(5, transmitters) normal numbers: in part the operator's, in part its technologies'."""
    share, technology = sampler.priors.operator_share, sampler.model.technology_row[row]
    own, by_technology = rng.standard_normal((5, 1)), rng.standard_normal((5, len(TECHNOLOGIES)))
    return np.asarray(np.sqrt(share) * own + np.sqrt(1 - share) * by_technology[:, technology])


def _at(table: pd.DataFrame, name: str, row: Integers, z: Floats) -> Floats:
    """Value of each transmitter's range at a standard normal number, see ``priors.split_normal``."""
    value, low, high = (table[f"{name}{bound}"].to_numpy(np.float64)[row] for bound in BOUNDS)
    drawn = value + z / Z_LOW_HIGH * np.where(z > 0, high - value, value - low)
    return np.asarray(np.clip(drawn, value - 2 * (value - low), value + 2 * (high - value)))


def _end_db(ends_db: Singles, z: Floats) -> Singles:
    """(transmitters, environments, nodes) dB between the value and an end, beyond it in proportion up to twice."""
    part = (np.minimum(np.abs(z) / Z_LOW_HIGH, 2.0)).astype(np.float32)
    chosen = np.where((z > 0)[:, np.newaxis, np.newaxis], ends_db[:, 1], ends_db[:, 0])
    return np.asarray(chosen * part[:, np.newaxis, np.newaxis])


def assemble(sampler: Sampler, common: CommonDraw, operators: Sequence[OperatorDraw]) -> NetworkDraw:
    """Put a country together of what all share and of some operators.

    Parameters
    ----------
    sampler : Sampler
        What draws are made of.
    common : CommonDraw
        What all share.
    operators : sequence of OperatorDraw
        Networks; one alone for figures of that operator, which no other has a part in.

    Returns
    -------
    NetworkDraw
        For ``compact.serve``.
    """
    row = np.concatenate([one.active.row for one in operators])
    order = np.argsort(row, kind="stable")
    x_m, y_m, ratio, corner = (
        np.concatenate([getattr(one.active, name) for one in operators])[order]
        for name in ("x_m", "y_m", "ratio", "corner")
    )
    law_db = sampler.family_gain_db[:, common.family] + common.environment_db[:, np.newaxis].astype(np.float32)
    law = np.exp(law_db * _DB)[sampler.kind[row[order]]]
    eirp, uplink, width = (
        np.concatenate([getattr(one, name) for one in operators])[order]
        for name in ("eirp_ratio", "uplink_ratio", "bandwidth_mhz")
    )
    return NetworkDraw(
        ActiveTransmitters(row[order], x_m, y_m, ratio * law, corner),
        eirp,
        uplink,
        width,
        sampler.shadowing._replace(common=np.roll(sampler.shadowing.common, tuple(common.corner), axis=(0, 1))),
        common.busy,
        common.people_ratio * common.sampling_ratio,
    )
