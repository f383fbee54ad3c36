"""One run from start to published: what the command line does and the flows do with retries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from commune_coverage.archive.integrity import damaged_files
from commune_coverage.archive.migration import bring_up_to_date
from commune_coverage.archive.records import recorded
from commune_coverage.config.country import POSTGIS_RECORD
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import HeldVersionError
from commune_coverage.core.event_log import log_attempt, log_event
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import Report, run_stages
from commune_coverage.publish.publication import Hold, how_to_publish, now_shown, publish_or_hold
from commune_coverage.runs.run import Hooks, Run, RunRequest, is_finished, run_lock, start_run
from commune_coverage.schema.fixed import GAP_WORDS, WITHOUT
from commune_coverage.site.pages.assets import require_installed_files

T = TypeVar("T")


@dataclass(frozen=True)
class Published:
    """Where the newest run can be seen; where layers are ``withheld`` from the public, its internal edition too."""

    run_id: str
    headline: str
    tables: Path
    index_page: Path
    held: list[str]
    hold: Hold | None
    postgis_problem: str = ""
    internal_page: Path | None = None
    withheld: dict[str, int | None] = field(default_factory=dict)


def run_pipeline(request: RunRequest, hooks: Hooks, report: Report) -> Published:
    """Do every stage of a run and publish it. A run whose inputs and code are unchanged is only shown again."""
    with run_lock(request.data_dir, request.maps_dir), log_attempt(request.data_dir):
        bring_up_to_date(request.data_dir)
        return retry_with_last_good_inputs(lambda: _run_once(request, hooks, report))


def retry_with_last_good_inputs(attempt: Callable[[], T]) -> T:
    """The attempt's result; it is begun again whenever a version is held back, with the last good one instead."""
    while True:
        try:
            return attempt()
        except HeldVersionError:
            continue


def _run_once(request: RunRequest, hooks: Hooks, report: Report) -> Published:
    require_installed_files()
    run = start_run(*request, hooks=hooks)
    if is_there_whole(run):
        republish(run)
    else:
        run_stages(STAGES, run, report)
    return published(run, write_into_postgis(run))


def is_there_whole(run: Run) -> bool:
    """Whether the run was finished before, with tables and pages as it left them; one of which some differ is not."""
    if not is_finished(run) or recorded(run.data_dir, run.run_id) is None:
        return is_finished(run)
    damaged = damaged_files(run.run_id, run.data_dir, run.maps_dir, with_stages=False)
    if damaged:
        log_event(run.data_dir, "damaged_run", run_id=run.run_id, files=len(damaged))
    return not damaged


def write_into_postgis(run: Run) -> str:
    """'' or why what is shown could not be written into the database that the country file asks for."""
    section = load_country(run.country_path).postgis
    if not section.every_run:
        (run.data_dir / POSTGIS_RECORD).unlink(missing_ok=True)
        return ""
    from commune_coverage.publish.postgis.write import write_every_run

    return write_every_run(run, section)


def republish(run: Run) -> None:
    """Show or hold a run that is complete already, as far as it was not settled, and clear its work folder."""
    run.discard()
    publish_or_hold(run.run_id, run.data_dir, run.maps_dir)


def published(run: Run, postgis_problem: str = "") -> Published:
    """Where the tables and pages that are shown are, with the run's own headline."""
    report, shown = run.read_report(), now_shown(run.maps_dir)
    withheld = shown.withheld if shown is not None else {}
    return Published(
        run.run_id,
        headline_text(report),
        run.data_dir / "latest" / "commune_gaps.csv",
        run.maps_dir / "latest" / "index.html",
        held_sentences(report),
        shown.hold if shown is not None and shown.hold is not None and shown.hold.run_id == run.run_id else None,
        postgis_problem,
        run.maps_dir / "internal" / "latest" / "index.html" if withheld else None,
        withheld,
    )


def hold_sentence(hold: Hold) -> str:
    """Why a run is not shown, since when none was, and what to do."""
    reasons = "; ".join(hold.reasons)
    return f"HELD: {reasons}. The maps show an older run since {hold.since}. {how_to_publish(hold.run_id)}"


def held_sentences(report: dict[str, Any]) -> list[str]:
    """For each layer whose newest version is not used: why, what is used instead, and what to do."""
    held = {name: report["layers"][name]["held"] for name in report["held_layers"]}
    return [_held_sentence(name, entry) for name, entry in held.items()]


def _held_sentence(name: str, held: dict[str, Any]) -> str:
    used = f"The version of {held['version_of']} is used, {held['age_days']} day(s) old."
    if not held["digest"]:
        return f"{name}: {held['reason']}. {used} Put a good file in its place."
    approve = f'commune-coverage approve {name} --because "…"'
    return f"{name}: the newest version is held back: {held['reason']}. {used} If the new one is right: {approve}"


_THEMES = {"delivery": "last-mile delivery", "payment": "a way to cash"}


def headline_text(report: dict[str, Any]) -> str:
    """The national figures in one sentence, and the word that the data are not real where they are not."""
    figures = report["national"]
    parts = [f"{figures['communes']:,} communes", _internet(report)]
    sources = report.get("headline_sources", {})
    parts += [
        _theme(figures, theme, f"without {words}", f"{words} gap", sources.get(theme, ""))
        for theme, words in _THEMES.items()
    ]
    label = "INVENTED COUNTRY" if report["status"] == "invented" else ""
    if report["synthetic_layers"]:
        label = (label + "; " if label else "") + "synthetic: " + ", ".join(report["synthetic_layers"])
    return "; ".join(parts) + (f" [{label}]" if label else "")


def _internet(report: dict[str, Any]) -> str:
    """The internet gap, by which networks, and within which bounds where only shares of fixed lines are known."""
    figures, access = report["national"], report.get("thresholds", {}).get("internet_access", "mobile")
    source = report.get("headline_sources", {}).get("internet", "")
    low, high = (figures.get(f"internet_gap_frechet_{end}_share") for end in ("low", "high"))
    if access == "bounds" and low is not None and high is not None:
        source = ", ".join(filter(None, [source, f"bounds {low:.1%} to {high:.1%}"]))
    return _theme(figures, "internet", WITHOUT[access], GAP_WORDS[access], source)


def _theme(figures: dict[str, Any], theme: str, without: str, gap: str, source: str) -> str:
    people, share = figures[f"{theme}_gap_people"], figures[f"{theme}_gap_share"]
    if people is None:
        return f"{gap} not available"
    return f"{people:,.0f} people ({share:.1%}) {without}" + (f" ({source})" if source else "")
