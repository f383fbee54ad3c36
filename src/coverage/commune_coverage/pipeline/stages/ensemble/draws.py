"""One draw after the other, by whoever is asked: the sampler is made once a process of what lies in the work folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.ensemble import EnsemblePriors
from commune_coverage.core.files import read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.ensemble.compact import compact_model
from commune_coverage.ensemble.draws import Sampler, make_sampler
from commune_coverage.ensemble.ensemble import Asked, Control, CountryDraw, draw_country
from commune_coverage.ensemble.missing import Complete, MissingModel, SampleCounts, StatedMasts, UnknownShare
from commune_coverage.ensemble.networks import PossibleNetwork, possible_of
from commune_coverage.ensemble.priors import Priors
from commune_coverage.pipeline.stages.ensemble.inputs import EnsembleFiles
from commune_coverage.pipeline.stages.radio.network import network_of
from commune_coverage.radio.diffraction.profile import flat_ground
from commune_coverage.radio.tile_layout import Surface, no_ground

Floats = npt.NDArray[np.float64]
_YEAR_S = 365.25 * 86_400
_UNTOLD = 2_000
"""Begins the source of chance of numbers of sites that nobody told."""


@dataclass(frozen=True)
class Task:
    """What those who draw need besides the work folder.

    Attributes
    ----------
    files : EnsembleFiles
        The work folder.
    radios : Path or None
        Link budgets that replace the shipped ones.
    with_uplink : bool
        Whether the base station has to hear the handset.
    max_range_m : float, m
        No transmitter reaches farther.
    threshold_mbps : float, Mbps
        The headline speed.
    calibration_db : tuple of float, dB
        Shift of the received power of each environment.
    is_complete : bool
        Whether the towers layer has all cells.
    priors : EnsemblePriors
        Assumptions of the country file, with ``people_cv``.
    masts : tuple of (operator, masts, standard error)
        Numbers of sites in the country that are known.
    """

    files: EnsembleFiles
    radios: Path | None
    with_uplink: bool
    max_range_m: float
    threshold_mbps: float
    calibration_db: tuple[float, ...]
    is_complete: bool
    priors: EnsemblePriors
    masts: tuple[tuple[str, float, float], ...] = ()


def draw(task: Task, asked: Asked, control: Control, number: int) -> CountryDraw:
    """Make one draw; the same whoever makes it."""
    return draw_country(sampler_for(task, len(asked.people)), asked, control, number)


def sampler_for(task: Task, communes: int) -> Sampler:
    """Make draws ready, once a process."""
    return _sampler(task, communes, task.files.paths.stat().st_mtime_ns)


@lru_cached
def _sampler(task: Task, communes: int, _written: int) -> Sampler:
    files = task.files
    network = network_of(files.network, task.radios, task.with_uplink, task.max_range_m, task.calibration_db)
    cells, positions = read_table(files.cells), read_table(files.positions)
    possible = possible_of(network, cells)
    flat = Surface(flat_ground(), no_ground)
    model = compact_model(
        read_table(files.sample), network, flat, communes, task.threshold_mbps, paths=files.read_paths()
    )
    priors = Priors(**{**task.priors.model_dump(), "people_cv": task.priors.people_cv or 0.0})
    age_years = None if task.is_complete else _age_years(cells, network.transmitters)
    return make_sampler(model, possible, positions, missing_models(task, cells, possible), priors, age_years)


def missing_models(task: Task, cells: pd.DataFrame, possible: PossibleNetwork) -> dict[str, MissingModel]:
    """What is known of the number of missing sites of each operator: told, or by how the file came about."""
    models = {name: _by_file(task, possible, name) for name in possible.network.operators}
    for operator, masts, sigma in task.masts:
        if operator in models:
            models[operator] = StatedMasts(masts + _sites_abroad(cells, operator), sigma)
    return models


def _by_file(task: Task, possible: PossibleNetwork, operator: str) -> MissingModel:
    if task.is_complete:
        return Complete()
    own = (possible.network.transmitters["operator"] == operator).to_numpy() & possible.is_listed
    return SampleCounts() if np.isfinite(possible.samples[own]).all() else UnknownShare()


def _sites_abroad(cells: pd.DataFrame, operator: str) -> int:
    """Listed sites of an operator of which no cell lies in the country."""
    own = cells[(cells["operator"] == operator) & cells["is_inside"].notna()]
    return int((~own["is_inside"].astype(bool).groupby(own["site"]).max()).sum())


def sites_untold(task: Task, sampler: Sampler, asked: Asked, operator: str) -> Floats:
    """Draw how many sites of an operator the file lacks, as if no number were known: (draws,)."""
    model, placement = _by_file(task, sampler.possible, operator), sampler.placement[operator]
    sites = []
    for number in range(asked.draws):
        rng = np.random.default_rng([asked.seed, number, _UNTOLD + sampler.model.network.operators.index(operator)])
        sites.append(placement.draw(model.draw(placement.listed, rng), sampler.priors, rng)[1])
    return np.array(sites, dtype=np.float64)


def _age_years(cells: pd.DataFrame, transmitters: pd.DataFrame) -> Floats:
    """Years from when each station was last seen to the newest sighting of the file; 0 where that is not known."""
    single = cells[~cells.index.duplicated()]
    seen_s = single.groupby(["site", "technology"])["updated"].transform("max").loc[transmitters["cell"]]
    return np.nan_to_num((single["updated"].max() - seen_s.to_numpy(np.float64)) / _YEAR_S)
