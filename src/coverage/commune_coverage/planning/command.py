"""What ``commune-coverage plan`` does: each scenario planned and written whole, then all of them side by side."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.core.files import replace_symlink, write_json
from commune_coverage.planning.optimizer.problem import PlanError
from commune_coverage.planning.plan import PlanResult, make_plan
from commune_coverage.planning.reports.comparison import (
    budget_curve_rows,
    comparison_rows,
    sensitivity_rows,
    standing_rows,
)
from commune_coverage.planning.reports.tables import labels_of
from commune_coverage.planning.reports.write import write_country_files, write_pages, write_plan
from commune_coverage.planning.scenario.model import THEMES, Scenario, load_costs, load_scenario, scenario_file
from commune_coverage.planning.simulation.sandbox import Report, SimulationSandbox, null_report, simulation_sandbox
from commune_coverage.publish.exports import write_csv
from commune_coverage.quality.manifest import make_manifest


@dataclass(frozen=True, eq=False)
class Written:
    """A plan and where it lies."""

    plan_id: str
    folder: Path
    result: PlanResult
    tables: dict[str, pd.DataFrame]


def plan_country(
    country: Path,
    scenarios: Sequence[str],
    data_dir: Path,
    engine: str = "processes",
    report: Report = null_report,
    proven: bool = False,
) -> list[Written]:
    """Plan each scenario and write it under ``data_dir``/plans; a plan that is interrupted leaves the last one whole.

    Raises PlanError or another CoverageError that says what is wrong with a file.
    """
    files = [scenario_file(name, country) for name in scenarios]
    read = [load_scenario(path) for path in files]
    names = [scenario.name for scenario in read]
    if len(set(names)) != len(names):
        raise PlanError("two of the scenarios have one name; names tell plans apart")
    costs = [load_costs(scenario.costs) for scenario in read]
    found = []
    with simulation_sandbox(country, data_dir, engine, report) as sandbox:
        for scenario, of_scenario in zip(read, costs, strict=True):
            plan_id = plan_id_of(sandbox, scenario, of_scenario.model_dump(mode="json"), proven)
            found.append(
                _write(
                    sandbox, scenario, plan_id, data_dir.resolve(), make_with(sandbox, scenario, of_scenario, proven)
                )
            )
        if len(found) > 1:
            others = _write_comparison(found, data_dir.resolve() / "plans" / sandbox.country.code)
            for one in found:
                write_pages(one.result, one.plan_id, one.tables, one.folder / "pages", others)
    return found


def make_with(sandbox: SimulationSandbox, scenario: Scenario, costs: Any, proven: bool) -> Callable[[Path], PlanResult]:
    """Planning that waits for the folder into which the planned rows go."""
    return lambda folder: make_plan(sandbox, scenario, costs, folder, proven=proven)


def plan_id_of(sandbox: SimulationSandbox, scenario: Scenario, costs: Any, proven: bool) -> str:
    """The name of a plan: country, scenario, run, and a hash of all that goes into it."""
    manifest = make_manifest(sandbox.country, sandbox.country_path, sandbox.run_date, {})
    extra = [
        path.read_bytes().hex() if path is not None and path.is_file() else ""
        for path in (scenario.pins, scenario.weights.poverty_file)
    ]
    said = scenario.model_dump(mode="json", exclude={"pins", "costs"})
    said["weights"] = {key: value for key, value in said["weights"].items() if key != "poverty_file"}
    content = json.dumps([manifest["run_id"], said, costs, extra, proven], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"{sandbox.country.code}-{scenario.name}-{sandbox.run_date:%Y%m%d}-{digest}"


def _write(
    sandbox: SimulationSandbox, scenario: Scenario, plan_id: str, data_dir: Path, make: Callable[[Path], PlanResult]
) -> Written:
    """Everything into a folder aside, then the folder into its place, then the link to the newest."""
    plans = data_dir / "plans" / sandbox.country.code
    work, final = plans / f".work-{plan_id}", plans / plan_id
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    result = make(work / "built")
    tables = write_plan(result, plan_id, work)
    labels = labels_of(result, plan_id)
    for name, rows in (("plan_sensitivity", sensitivity_rows(result)), ("plan_curve", budget_curve_rows(result))):
        tables[name] = rows.assign(**labels)
        write_csv(tables[name], work / f"{name}.csv")
    write_country_files(result, sandbox, work / "built", final / "built")
    write_pages(result, plan_id, tables, work / "pages")
    shutil.rmtree(final, ignore_errors=True)
    work.rename(final)
    replace_symlink(plans / f"latest-{scenario.name}", final)
    return Written(plan_id, final, result, tables)


def _write_comparison(found: list[Written], plans: Path) -> pd.DataFrame:
    by_name = {one.result.instance.scenario.name: one.tables for one in found}
    compared = comparison_rows(by_name)
    write_csv(compared, plans / "comparison.csv")
    write_csv(standing_rows(by_name), plans / "in_every_scenario.csv")
    write_json(plans / "comparison.json", {name: one.plan_id for name, one in zip(by_name, found, strict=True)})
    return compared


def lines_of(written: Written) -> list[str]:
    """A plan in a few sentences."""
    result, years = written.result, written.tables["plan_years"]
    plan, last, currency = result.chosen.plan, years.iloc[-1], result.instance.costs.currency
    words = {"internet": "high-speed internet", "delivery": "last-mile delivery", "payment": "a way to cash"}
    served = "; ".join(
        f"{last[f'{theme}_served_people']:,.0f} more people with {words[theme]}"
        for theme in THEMES
        if theme not in result.instance.missing
    )
    floors = written.tables["plan_floors"]
    label = " [synthetic: " + str(last["synthetic_layers"]) + "]" if last["synthetic_layers"] else ""
    choices, spend = len(written.tables["plan_sites"]), f"{years['spent'].sum():,.0f} {currency}"
    proof = f"{plan.solver}, proven" if plan.is_proven else plan.solver
    difference = f"{last['difference_share']:+.2%} from the engines' figures"
    said = [
        f"Plan {written.plan_id}: {choices} choices for {spend} until {int(last['year'])}: {served}{label}",
        f"The choice is at most {plan.gap_share:.2%} below the best possible (bound by {proof})",
        f"Its estimate differs by {difference}, by {result.rounds[0].difference_share:.1%} before it learned from them",
    ]
    said += [f"{theme} is not planned: {why}" for theme, why in result.instance.missing.items()]
    if len(floors):
        kept = int((floors["state"] == "kept").sum())
        said.append(
            f"Floors: {kept} of {len(floors)} that are not kept today will be; plan_floors says why others are not"
        )
    return said
