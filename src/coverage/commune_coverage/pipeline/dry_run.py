"""What a run would compute and what it would restore from the cache, and why; nothing is computed or published."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from commune_coverage.core.errors import RunError
from commune_coverage.pipeline.cache import KeyParts, cache_key, cached_report, key_parts, latest_key_parts
from commune_coverage.pipeline.runner import dependencies
from commune_coverage.pipeline.stage import Stage
from commune_coverage.runs.run import Hooks, Run, RunRequest, is_finished, prepare_run, write_run_files

_WORDS = {
    "artifact": "artifact {} differs",
    "code": "code {} changed",
    "input": "input {} changed",
    "layer": "settings of layer {} changed",
    "library": "version of {} changed",
    "plug-in": "version of plug-in {} changed",
    "run_date": "the date of the run differs",
    "setting": "section [{}] changed",
}
_SHOWN = 6


@dataclass(frozen=True)
class Decision:
    """What would become of a stage: ``action`` is restore, compute or perhaps.

    A stage that depends on one that would be computed is restored where that leads to the same artifacts, which only
    the run itself can tell: perhaps. ``reasons`` say why it is not restored.
    """

    stage: str
    action: str
    reasons: list[str] = field(default_factory=list)


def decide(request: RunRequest, stages: Sequence[Stage]) -> list[Decision]:
    """What a run would do with each stage.

    Parameters
    ----------
    request : RunRequest
        Country file, data folder, maps folder, date and engine.
    stages : sequence of Stage
        In an order in which each comes after those that it depends on.

    Returns
    -------
    list of Decision
        One for each stage, in the same order; none where the run is published already.
    """
    run, manifest, held = prepare_run(*request, Hooks())
    if is_finished(run):
        return []
    with tempfile.TemporaryDirectory(prefix="dry-run-") as folder:
        seen = replace(run, folder=Path(folder))
        seen.stages_folder.mkdir()
        write_run_files(seen.folder, manifest, held)
        needed, decided = dependencies(stages), dict[str, Decision]()
        for stage in stages:
            open_before = [name for name in needed[stage.name] if decided[name].action != "restore"]
            decided[stage.name] = _decide(stage, seen, sorted(open_before))
    return list(decided.values())


def _decide(stage: Stage, run: Run, open_before: list[str]) -> Decision:
    if not stage.is_cacheable:
        return Decision(stage.name, "compute", ["published in every run"])
    parts = key_parts(stage, run)
    if not open_before and (report := cached_report(stage, run, cache_key(stage, parts))) is not None:
        run.reports.remember(stage.name, report)
        return Decision(stage.name, "restore")
    reasons = differences(parts, latest_key_parts(stage, run), skip="artifact" if open_before else "")
    if reasons or not open_before:
        return Decision(stage.name, "compute", reasons or ["its result is not in the cache any more"])
    return Decision(stage.name, "perhaps", [f"depends on {', '.join(open_before)}"])


def explain_stage(name: str, request: RunRequest, stages: Sequence[Stage]) -> list[str]:
    """Every part of a stage's key that differs from the last time that its result was cached or used.

    Raises
    ------
    RunError
        When there is no such stage.
    """
    decisions = decide(request, stages)
    if name not in {stage.name for stage in stages}:
        raise RunError(f"there is no stage '{name}'; the stages are {', '.join(stage.name for stage in stages)}")
    if not decisions:
        return ["the run is published already: nothing would be computed"]
    decision = next(one for one in decisions if one.stage == name)
    return [f"{name}: {decision.action}", *(f"  {reason}" for reason in decision.reasons)]


def differences(now: KeyParts, then: KeyParts | None, skip: str = "") -> list[str]:
    """In words what differs between the parts of two keys; kinds named by ``skip`` apart."""
    if then is None:
        return ["nothing is cached of it yet"]
    changed = sorted(label for label in now.keys() | then.keys() if now.get(label) != then.get(label))
    labels = [label for label in changed if not skip or label.partition(":")[0] != skip]
    return [_in_words(label) for label in labels]


def _in_words(label: str) -> str:
    kind, _, name = label.partition(":")
    return _WORDS[kind].format(name) if kind in _WORDS else f"{kind} differs"


def lines_of(decisions: Sequence[Decision]) -> list[str]:
    """One line a stage, with the first reasons; a sentence where nothing would be done."""
    if not decisions:
        return ["this run is published already: nothing would be computed"]
    width = max(len(one.stage) for one in decisions)
    return [f"{one.stage:<{width}}  {one.action:<7}  {_shortened(one.reasons)}".rstrip() for one in decisions]


def _shortened(reasons: Sequence[str]) -> str:
    more = len(reasons) - _SHOWN
    return "; ".join(reasons[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
