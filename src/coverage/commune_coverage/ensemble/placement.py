"""Where the stations that a file lacks may stand: at listed sites of their operator, or at new positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.ensemble.compact import CompactModel
from commune_coverage.ensemble.missing import Listed, Missing, Sightings
from commune_coverage.ensemble.networks import PossibleNetwork
from commune_coverage.ensemble.priors import Priors
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

AROUND_M = 3_000.0
STRATA = 3
_NEAR_KM, _FAR_KM = 1.0, 20.0
_NOBODY = 1.0


class _Lacking(NamedTuple):
    """Listed sites that lack a technology: their stratum, and the transmitters that they would have."""

    stratum: Integers
    row: Integers


class _New(NamedTuple):
    """Where new sites may stand: the position and the transmitter that each would have of a technology."""

    position: Integers
    row: Integers


@dataclass(frozen=True, eq=False)
class Placement:
    """Where the missing stations of one operator may stand.

    Attributes
    ----------
    listed : Listed
        What the file has of it.
    lacking : mapping of str to (stratum, row)
        By technology, the listed sites without it.
    new : mapping of str to (position, row)
        By technology, the transmitters at new positions.
    log_people, log_distance : (positions,) float64
        Logarithm of the people within 3 km, and of the distance to the nearest listed site, km.
    stratum : (positions,) int64
        By people within 3 km, divided at the terciles of the listed sites.
    """

    listed: Listed
    lacking: Mapping[str, _Lacking]
    new: Mapping[str, _New]
    log_people: Floats
    log_distance: Floats
    stratum: Integers

    def draw(self, missing: Missing, priors: Priors, rng: np.random.Generator) -> tuple[Integers, int]:
        """Draw where so many missing stations stand.

        Parameters
        ----------
        missing : Missing
            How many, by technology and stratum.
        priors : Priors
            What is assumed of where.
        rng : Generator
            Source of chance.

        Returns
        -------
        row : (n,) int64
            Transmitters to add.
        sites : int
            New sites among them.

        Notes
        -----
        A listed site without a technology has it unseen with the probability that follows from how many have it and how
        many are seen (Bayes). The rest stand at new positions, drawn without replacement by weight (Gumbel numbers;
        Efraimidis and Spirakis 2006); technologies at the first positions of one order, so that they share sites.
        """
        weight = rng.uniform(0, priors.max_people_exponent) * self.log_people
        weight = weight + rng.uniform(0, priors.max_distance_exponent) * self.log_distance
        order = np.argsort(-(weight + rng.gumbel(size=len(weight))), kind="stable")
        rows, sites = [np.zeros(0, dtype=np.int64)], np.zeros(0, dtype=np.int64)
        for name, wanted in missing.stations.items():
            found = self._at_listed(name, missing.unseen_share[name], rng)
            rows.append(self.lacking[name].row[found])
            left = np.maximum(wanted - self._by_stratum(name, found, len(wanted)), 0)
            at = self._first(order, left)
            rows.append(self.new[name].row[np.isin(self.new[name].position, at)])
            sites = np.union1d(sites, at)
        return np.concatenate(rows), len(sites)

    def _at_listed(self, technology: str, unseen: Floats, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
        """Which listed sites have a technology that the file lacks."""
        stratum = self.lacking[technology].stratum
        if len(unseen) == 1:
            return rng.random(len(stratum)) < 0.0
        seen = self.listed.stations[technology] / np.maximum(self.listed.sites, 1)
        has = np.minimum(seen / (1 - unseen), 1.0)
        probability = has * unseen / np.maximum(1 - has * (1 - unseen), 1e-9)
        return rng.random(len(stratum)) < probability[stratum]

    def _by_stratum(self, technology: str, found: npt.NDArray[np.bool_], strata: int) -> Integers:
        if strata == 1:
            return np.array([found.sum()])
        return np.bincount(self.lacking[technology].stratum[found], minlength=strata)

    def _first(self, order: Integers, wanted: Integers) -> Integers:
        """Return the first positions of the order, so many of each stratum; all of them where there are fewer."""
        if len(wanted) == 1:
            return order[: wanted[0]]
        return np.concatenate([order[self.stratum[order] == one][:count] for one, count in enumerate(wanted)])


def placement_of(operator: str, possible: PossibleNetwork, positions: pd.DataFrame, model: CompactModel) -> Placement:
    """Find where the missing stations of an operator may stand.

    Parameters
    ----------
    operator : str
        Which.
    possible : PossibleNetwork
        Transmitters, listed and possible.
    positions : DataFrame
        New positions of ``networks.with_possible``: ``x_m`` and ``y_m``, m.
    model : CompactModel
        Whose places say where people are.

    Returns
    -------
    Placement
        Of that operator.
    """
    table = possible.network.transmitters.assign(
        position=possible.position, row=np.arange(len(possible.position)), site=possible.site, samples=possible.samples
    )
    table = table[table["operator"] == operator]
    listed = table[possible.is_listed[table["row"]]]
    sites = listed.drop_duplicates("site").sort_values("site")
    at_sites, at_new = (one[["x_m", "y_m"]].to_numpy(np.float64) for one in (sites, positions))
    people_at_sites, people_at_new = (_people_about(at, model) for at in (at_sites, at_new))
    bounds = np.quantile(people_at_sites, np.arange(1, STRATA) / STRATA)
    stratum_of = dict(zip(sites["site"], np.searchsorted(bounds, people_at_sites), strict=True))
    first_new = int(possible.position.max(initial=-1)) + 1 - len(positions)
    away_km = np.clip(cKDTree(at_sites).query(at_new)[0] / 1000, _NEAR_KM, _FAR_KM)
    possible_rows = table[~possible.is_listed[table["row"]]]
    is_new = possible_rows["position"] >= first_new
    names = [name for name in TECHNOLOGIES if (listed["technology"] == name).any()]
    of = {name: possible_rows["technology"] == name for name in names}
    lacking = {name: possible_rows[of[name] & ~is_new] for name in names}
    new = {name: possible_rows[of[name] & is_new] for name in names}
    return Placement(
        _listed(listed, stratum_of, dict(zip(sites["site"], np.log(people_at_sites + 1), strict=True)), names),
        {
            name: _Lacking(rows["site"].map(stratum_of).to_numpy(np.int64), rows["row"].to_numpy(np.int64))
            for name, rows in lacking.items()
        },
        {
            name: _New(rows["position"].to_numpy(np.int64) - first_new, rows["row"].to_numpy(np.int64))
            for name, rows in new.items()
        },
        np.log(np.maximum(people_at_new, _NOBODY)),
        np.log(away_km),
        np.searchsorted(bounds, people_at_new),
    )


def _people_about(at: Floats, model: CompactModel) -> Floats:
    """People whom the places of the sample within 3 km stand for."""
    places = model.country.places
    tree = cKDTree(np.stack([places.x_m, places.y_m], axis=1))
    return np.array([model.people[rows].sum() for rows in tree.query_ball_point(at, AROUND_M)])


def _listed(
    listed: pd.DataFrame, stratum_of: Mapping[int, int], log_people_of: Mapping[int, float], names: list[str]
) -> Listed:
    """Sites, stations and samples by stratum; a station is all that a site has of a technology."""
    stations = listed.drop_duplicates(["technology", "site"])
    sites = stations["site"].tolist()
    stratum = np.array([stratum_of[one] for one in sites], dtype=np.int64)
    log_people = np.array([log_people_of[one] for one in sites], dtype=np.float64)
    of = {name: (stations["technology"] == name).to_numpy() for name in names}
    samples = stations["samples"].to_numpy(np.float64)
    seen = {
        name: Sightings(samples[rows], log_people[rows], stratum[rows], *_known_by_others(stations, name))
        for name, rows in of.items()
    }
    number = {name: np.bincount(stratum[rows], minlength=STRATA) for name, rows in of.items()}
    return Listed(np.bincount(list(stratum_of.values()), minlength=STRATA), number, seen)


def _known_by_others(stations: pd.DataFrame, technology: str) -> tuple[int, int]:
    """Sites known by another technology, and those of them that are known by this one too."""
    own = stations["technology"] == technology
    others = set(stations.loc[~own, "site"])
    return len(others), len(others & set(stations.loc[own, "site"]))


def possible_positions(places: pd.DataFrame, count: int, apart_m: float, seed: int) -> pd.DataFrame:
    """Choose positions where masts may stand: places of a sample, the more people the rather, none near another.

    Parameters
    ----------
    places : DataFrame
        Sample of places with ``x_m``, ``y_m`` (m), ``lon`` and ``lat`` (degrees) and ``people``.
    count : int
        Positions at most.
    apart_m : float, m
        Distance that they keep from each other.
    seed : int
        Same seed, same positions.

    Returns
    -------
    DataFrame
        Rows of ``places``.
    """
    rng = np.random.default_rng([seed, count])
    order = np.argsort(-(np.log(places["people"].to_numpy()) / 2 + rng.gumbel(size=len(places))), kind="stable")
    chosen: list[int] = []
    at = places[["x_m", "y_m"]].to_numpy(np.float64)
    tree, taken = cKDTree(at), np.zeros(len(places), dtype=np.bool_)
    for row in order:
        if len(chosen) < count and not taken[row]:
            chosen.append(int(row))
            taken[tree.query_ball_point(at[row], apart_m)] = True
    return places.iloc[np.sort(np.array(chosen, dtype=np.int64))].reset_index(drop=True)
