"""A stage: what it reads and writes, what it depends on, the function that does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from commune_coverage.core.errors import CoverageError
from commune_coverage.pipeline.code_digest import imported_in
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.runs.run import Run

Progress = Callable[[int, int], None]
StageFunction = Callable[[Run, Progress], StageResult]


def null_progress(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


class Gate(NamedTuple):
    """What a stage's result must pass before anything is made of it.

    ``measure`` says what is compared between versions. ``admit`` gets the stage's record; it raises HeldVersionError
    for what is not plausible, and UnusableLayerError where no good version can stand in. ``failed`` may raise
    HeldVersionError for an input that cannot be read.
    """

    measure: Callable[[str, StageResult], dict[str, float]]
    admit: Callable[[Run, str, dict[str, Any]], None]
    failed: Callable[[Run, str, CoverageError], None]


@dataclass(frozen=True)
class Stage:
    """One step of a run, with all that it depends on.

    ``reads`` and ``writes`` name artifacts in the run's stages folder: ``places`` are files of that name and the
    folder places, ``people.report`` what the stage people reported. ``layers`` and ``settings`` name layers and
    sections of the country file; a stage that ``depends_on_run_date`` may also see the run's date.
    ``code`` names the modules that the function runs, where they are not those that it imports itself. ``plug_ins``
    are the entry-point groups of other packages that it calls.

    Where nothing but its ``incremental_inputs`` (artifacts that it reads, or layers) differs from an earlier run, the
    stage may go on from what that run left: its artifacts, its ``checkpoint``, which no other stage reads, and those
    inputs.
    """

    name: str
    group: Literal["ingest", "compute", "beside", "present", "publish"]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    depends_on_run_date: bool = False
    incremental_inputs: tuple[str, ...] = ()
    checkpoint: tuple[str, ...] = ()
    function: StageFunction = field(kw_only=True)
    gate: Gate | None = field(kw_only=True, default=None)
    code: tuple[str, ...] = field(kw_only=True, default=())
    plug_ins: tuple[str, ...] = field(kw_only=True, default=())

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules whose code the stage runs, with all that they import."""
        return self.code or imported_in(self.function)

    @property
    def is_cacheable(self) -> bool:
        """What is published is done in every run."""
        return self.group != "publish"

    @property
    def produces_indicators(self) -> bool:
        """Whether figures come out of it: they do without what stands beside them, presents and publishes them."""
        return self.group in ("ingest", "compute")


def ungated(stage: Stage) -> Stage:
    """The same stage with nothing held back, for what is computed of inputs that were let in, or never published."""
    gate = stage.gate
    return stage if gate is None else replace(stage, gate=Gate(gate.measure, _let_in, _let_in))


def _let_in(_run: Run, _name: str, _what: object) -> None:
    """Hold nothing back."""
