"""The ensemble stage: draws of the country with what no file holds, and what they say of every commune."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.ensemble import EnsemblePriors
from commune_coverage.core.files import read_attributes, read_json, read_table, write_table
from commune_coverage.engine import map_items
from commune_coverage.ensemble.compact import GAP, Figure
from commune_coverage.ensemble.ensemble import Asked, CountryDraw, Ensemble, control_of, gather
from commune_coverage.ensemble.left_out import predictions
from commune_coverage.indicators.shares import gap_people, share_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.ensemble.draws import Task, draw, sampler_for, sites_untold
from commune_coverage.pipeline.stages.ensemble.evidence import (
    Known,
    evidence_table,
    known_of,
    stated_evidence,
    with_masts,
)
from commune_coverage.pipeline.stages.ensemble.inputs import EnsembleFiles, listed_cells, prepare
from commune_coverage.pipeline.stages.ensemble.table import count_outside, draws_table
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.service.bit_flags import BUSY_OUTDOOR, OUTDOOR, SERVED, WHERE, covered_column
from commune_coverage.readers.towers.reader import is_complete
from commune_coverage.runs.run import Run
from commune_coverage.schema.ensemble import MASTS, NO, YES
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
        The run; nothing is written where the country file asks for no draws, or without cells or people.
    progress : callable
        Called with draws done and all draws.

    Returns
    -------
    StageResult
    """
    if not run.country.ensemble.draws or not SignalFiles(run.stages_folder).transmitters.is_file():
        return StageResult()
    communes, listed = read_attributes(run.stages_folder / "communes.parquet"), sites_at_home(run)
    if not listed or not _people_live(run):
        result = StageResult()
        nothing = "none: the file has no cell of the country, or nobody lives in it"
        result.assume("internet", "draws of the ensemble", nothing, "", "docs/ensemble.md")
        return result
    known, asked = _known(run, communes, listed)
    task = _task(run, known)
    try:
        prepare(run, task.files, has_missing=not task.is_complete or bool(task.masts))
        known, drawn, beside = _drawn(run, task, (known, asked), listed, progress)
    finally:
        shutil.rmtree(task.files.folder, ignore_errors=True)
    folder = run.stages_folder / "ensemble"
    write_table(folder / "draws.parquet", draws_table(drawn, communes["commune_code"].to_numpy(), listed))
    if known.evidence:
        write_table(folder / "evidence.parquet", beside)
    return _result(run, drawn, asked, (known, beside))


def _people_live(run: Run) -> bool:
    source = run.stages_folder / "people_sums.npz"
    return source.is_file() and bool(read_sums(source).sums["people"].sum() > 0)


def sites_at_home(run: Run) -> dict[str, int]:
    """Sites in the country that the file has, by operator."""
    cells = listed_cells(SignalFiles(run.stages_folder), run.country)
    inside = cells[cells["is_inside"]]
    return {
        str(name): int(inside.loc[inside["operator"] == name, "site"].nunique())
        for name in operators_of(run.stages_folder)
    }


def _task(run: Run, known: Known) -> Task:
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
        tuple((operator, *known.masts[operator]) for operator in sorted(known.masts)),
    )


def _priors(run: Run) -> EnsemblePriors:
    stated = run.country.ensemble.priors
    if stated.people_cv is not None:
        return stated
    is_unknown = (run.stage_report("people")["facts"] or {}).get("is_place_unknown", False)
    return stated.model_copy(update={"people_cv": _UNKNOWN_PLACES_CV if is_unknown else 0.0})


def _known(run: Run, communes: pd.DataFrame, listed: Mapping[str, int]) -> tuple[Known, Asked]:
    """What is known, and what is asked of the draws."""
    settings, folder = run.country.ensemble, run.stages_folder
    figures, people = figures_of(folder), read_sums(folder / "people_sums.npz").sums["people"]
    full = _full_figures(folder, figures, people, run.country.thresholds.high_speed_mbps[0])
    known = with_masts(known_of(stated_evidence(run), figures, communes, people), listed)
    return known, Asked(figures, people, full, list(known.shares.values()), settings.seed, settings.draws)


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


def _drawn(
    run: Run, task: Task, told: tuple[Known, Asked], listed: Mapping[str, int], progress: Progress
) -> tuple[Known, Ensemble, pd.DataFrame]:
    """Draw; and once more without what no draw comes near, so that it pulls nothing."""
    known, asked = told
    drawn = _draws(run, task, asked, progress)
    ensemble = gather(asked, drawn)
    if any(one.weighs for one in ensemble.conflicts):
        known = known.without(ensemble.conflicts)
        asked = replace(asked, known=list(known.shares.values()))
        drawn = _draws(run, task, asked, progress)
        ensemble = gather(asked, drawn)
    predicted = dict(zip(known.shares, predictions(asked, drawn), strict=True))
    masts = _masts(task, asked, ensemble, listed) if any(one.measure == MASTS for one in known.evidence) else {}
    return known, ensemble, evidence_table(known, ensemble, predicted, masts)


def _masts(task: Task, asked: Asked, ensemble: Ensemble, listed: Mapping[str, int]) -> dict[str, tuple[Floats, Floats]]:
    """Sites of each operator in the country by the draws, and by draws that are told no number."""
    sampler = sampler_for(task, len(asked.people))
    return {
        name: (sites + ensemble.missing[:, row].astype(np.float64), sites + sites_untold(task, sampler, asked, name))
        for row, (name, sites) in enumerate(listed.items())
    }


def _draws(run: Run, task: Task, asked: Asked, progress: Progress) -> list[CountryDraw]:
    sampler, done = sampler_for(task, len(asked.people)), iter(range(1, asked.draws + 1))
    control = control_of(sampler, asked)
    assert control is not None  # noqa: S101 - for the type checker
    return map_items(
        partial(draw, task, asked, control),
        list(range(asked.draws)),
        run.engine,
        lambda: progress(next(done), asked.draws),
        reads=partial(_reads, task),
    )


def _reads(task: Task, _: int) -> Iterable[Path]:
    return [task.files.folder, *([task.radios] if task.radios else [])]


def _result(run: Run, drawn: Ensemble, asked: Asked, beside: tuple[Known, pd.DataFrame]) -> StageResult:
    (known, evidence), weights, settings = beside, drawn.weights, run.country.ensemble
    outside, all_known = count_outside(drawn, asked.full)
    unused = sum(bool(one.note) for one in known.evidence)
    facts = {"draws": asked.draws, "effective_draws": weights.effective_draws, "tempering": weights.tempering}
    facts |= {"outside_figures": outside, "known_figures": all_known}
    result = StageResult(facts=facts | {"evidence": len(known.evidence), "unused_evidence": unused})
    much = f"{asked.draws}, seed {settings.seed}; {weights.effective_draws:.0f} of equal weight tell as much"
    result.assume("internet", "draws of the ensemble", much, "draws", "docs/ensemble.md")
    figures = f"{outside:,} of {all_known:,} figures of communes"
    result.assume("internet", "outside the ensemble's 90 % interval", figures, "", "docs/ensemble.md")
    if known.evidence:
        used = f"{len(known.evidence) - unused} of {len(known.evidence)} published figures"
        power = f", their likelihood to the power {weights.tempering:.2f}" if weights.tempering < 1 else ""
        result.assume("internet", "draws are weighed by", f"{used}{power}", "", "docs/ensemble.md")
        missed, predicted = (int(evidence["predicted_within"].isin(of).sum()) for of in ((NO,), (YES, NO)))
        name = "published figures outside what the others predict"
        result.assume("internet", name, f"{missed} of {predicted}", "", "docs/ensemble.md")
    for one in known.evidence:
        if one.note:
            result.assume("internet", "not weighed by", f"{one.words}: {one.note}", "", "docs/ensemble.md")
    return result
