"""The ensemble stage: draws of the country with what no file holds, and what they say of every commune."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from commune_coverage.config.ensemble import EnsemblePriors
from commune_coverage.core.files import read_attributes, read_json, read_table, write_table
from commune_coverage.engine import map_items
from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.ensemble import Asked, Ensemble, control_of, gather
from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.ensemble.draws import Task, draw, listed_sites, sampler_for
from commune_coverage.pipeline.stages.ensemble.inputs import EnsembleFiles, prepare
from commune_coverage.pipeline.stages.ensemble.table import count_outside, draws_table
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.service.bit_flags import BUSY_OUTDOOR, OUTDOOR, SERVED, WHERE, covered_column
from commune_coverage.readers.towers.reader import is_complete
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import TECHNOLOGIES

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
_WORK = "ensemble_work"
_UNKNOWN_PLACES_CV = 1.0
"""Where only totals of areas are known: the law of most entropy, exponential, of a place's people."""


def ensemble(run: Run, progress: Progress) -> StageResult:
    """Write ``ensemble/draws.parquet``: what each draw says of every commune, and how much each draw counts.

    Parameters
    ----------
    run : Run
        The run; nothing is written where the country file asks for no draws, or without towers or people.
    progress : callable
        Called with draws done and all draws.

    Returns
    -------
    StageResult
    """
    if not run.country.ensemble.draws or not SignalFiles(run.stages_folder).transmitters.is_file():
        return StageResult()
    task, asked = _task(run), _asked(run)
    try:
        prepare(run, task.files, has_missing=not task.is_complete)
        drawn = _drawn(run, task, asked, progress)
        listed = listed_sites(task, sampler_for(task, len(asked.people)))
    finally:
        shutil.rmtree(task.files.folder, ignore_errors=True)
    codes = read_attributes(run.stages_folder / "communes.parquet")["commune_code"].to_numpy()
    write_table(run.stages_folder / "ensemble" / "draws.parquet", draws_table(drawn, codes, listed))
    return _result(run, drawn, asked)


def _task(run: Run) -> Task:
    country, shifts = run.country, read_json(SignalFiles(run.stages_folder).calibration)
    radio, layer = country.radio, country.layers.towers
    return Task(
        EnsembleFiles(run.stages_folder / _WORK),
        radio.radios,
        radio.uplink,
        radio.max_range_km * 1000,
        country.thresholds.high_speed_mbps[0],
        tuple(float(shifts.get(name, 0.0)) for name in NAMES),
        layer is not None and is_complete(layer),
        _priors(run),
    )


def _priors(run: Run) -> EnsemblePriors:
    stated = run.country.ensemble.priors
    if stated.people_cv is not None:
        return stated
    is_unknown = (run.stage_report("people")["facts"] or {}).get("is_place_unknown", False)
    return stated.model_copy(update={"people_cv": _UNKNOWN_PLACES_CV if is_unknown else 0.0})


def _asked(run: Run) -> Asked:
    settings, folder = run.country.ensemble, run.stages_folder
    figures, people = figures_of(folder), read_sums(folder / "people_sums.npz").sums["people"]
    full = _full_figures(folder, figures, people, run.country.thresholds.high_speed_mbps[0])
    return Asked(figures, people, full, [], settings.seed, settings.draws)


def figures_of(folder: Path) -> list[Figure]:
    """The figures of an ensemble: the gap, and people covered by each technology that there is, and by whom."""
    carriers = read_table(SignalFiles(folder).carriers)
    figures = [GAP]
    for technology in TECHNOLOGIES:
        own = sorted(carriers.loc[carriers["technology"] == technology, "operator"].unique())
        figures += [Figure("covered", name, technology) for name in (("", *own) if own else ())]
    return figures


def _full_figures(folder: Path, figures: list[Figure], people: Floats, threshold_mbps: float) -> Floats:
    """(figures, communes) shares by all places, as the run has them; NaN for communes without people."""
    sums, operators = read_sums(folder / "internet_sums.npz").sums, operators_of(folder)
    shares = []
    for one in figures:
        if one == GAP:
            gap = gap_people(people, sums[f"{SERVED[BUSY_OUTDOOR]}_{threshold_mbps:g}"])
            shares.append(share_of(gap, people))
        else:
            who = operators.index(one.operator) if one.operator else None
            shares.append(share_of(sums[covered_column(WHERE[OUTDOOR], who, one.technology)], people))
    return np.array(shares)


def _drawn(run: Run, task: Task, asked: Asked, progress: Progress) -> Ensemble:
    sampler, done = sampler_for(task, len(asked.people)), iter(range(1, asked.draws + 1))
    control = control_of(sampler, asked)
    assert control is not None  # noqa: S101 - for the type checker
    drawn = map_items(
        partial(draw, task, asked, control),
        list(range(asked.draws)),
        run.engine,
        lambda: progress(next(done), asked.draws),
        reads=partial(_reads, task),
    )
    return gather(asked, drawn)


def _reads(task: Task, _: int) -> Iterable[Path]:
    return [task.files.folder, *([task.radios] if task.radios else [])]


def _result(run: Run, drawn: Ensemble, asked: Asked) -> StageResult:
    weights, settings = drawn.weights, run.country.ensemble
    outside, known = count_outside(drawn, asked.full)
    facts = {"draws": asked.draws, "effective_draws": weights.effective_draws, "tempering": weights.tempering}
    result = StageResult(facts=facts | {"outside_figures": outside, "known_figures": known})
    much = f"{asked.draws}, seed {settings.seed}; {weights.effective_draws:.0f} of equal weight tell as much"
    result.assume("internet", "draws of the ensemble", much, "draws", "docs/ensemble.md")
    beside = f"{outside:,} of {known:,} figures of communes"
    result.assume("internet", "outside the ensemble's 90 % interval", beside, "", "docs/ensemble.md")
    return result
