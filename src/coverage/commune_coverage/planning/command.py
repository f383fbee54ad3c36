"""``commune-coverage plan``: each scenario planned and written whole, then all of them compared."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from commune_coverage.core.errors import PlanError
from commune_coverage.core.files import replace_symlink
from commune_coverage.core.state.declared import COMPARED_PLANS
from commune_coverage.planning.plan import PlanResult, make_plan
from commune_coverage.planning.reports.comparison import (
    budget_curve_rows,
    comparison_rows,
    sensitivity_rows,
    standing_rows,
)
from commune_coverage.planning.reports.tables import labels_of
from commune_coverage.planning.reports.write import write_country_files, write_pages, write_plan
from commune_coverage.planning.sandbox import Report, SimulationSandbox, null_report, simulation_sandbox
from commune_coverage.planning.scenario.model import THEMES, Scenario, load_costs, load_scenario, scenario_file
from commune_coverage.planning.scenario.obligations import left_out, with_obligations
from commune_coverage.publish.exports import write_csv
from commune_coverage.quality.manifest import make_manifest


@dataclass(frozen=True, eq=False)
class Written:
    """A plan and where it is written.

    Parameters
    ----------
    plan_id : str
        Its name.
    folder : Path
        Has all its files.
    result : PlanResult
        The plan.
    tables : dict of str to DataFrame
        Its tables by name.
    """

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
    """Plan each scenario and write it under ``data_dir``/plans.

    Parameters
    ----------
    country : Path
        The country file.
    scenarios : sequence of str
        NAME for ``scenarios/NAME.toml`` next to the country file, or a path.
    data_dir : Path
        The data folder; its cache is used and not changed.
    engine : str
        Engine of the stages.
    report : callable
        Is called with the stage, the parts that are done, and all parts.
    proven : bool
        Whether HiGHS is to prove each plan.

    Returns
    -------
    list of Written
        One plan a scenario; a plan that is interrupted leaves the last one whole.

    Raises
    ------
    CoverageError
        Says what is wrong with a file; PlanError for a scenario.
    """
    declared = [load_scenario(scenario_file(name, country)) for name in scenarios]
    if len({scenario.name for scenario in declared}) != len(declared):
        raise PlanError("two of the scenarios have one name; names tell plans apart")
    costs = [load_costs(scenario.costs) for scenario in declared]
    data_dir = data_dir.resolve()
    written = []
    with simulation_sandbox(country, data_dir, engine, report) as sandbox:
        obliged, speed_mbps = sandbox.country.obligations, sandbox.country.thresholds.high_speed_mbps[0]
        for stated, of_scenario in zip(declared, costs, strict=True):
            scenario = with_obligations(stated, obliged, speed_mbps)
            plan_id = plan_id_of(sandbox, scenario, of_scenario.model_dump(mode="json"), proven)
            make = partial(make_plan, sandbox, scenario, of_scenario, proven=proven)
            written.append(_write(sandbox, scenario, plan_id, data_dir, make))
        if len(written) > 1:
            others = _write_comparison(written, data_dir / "plans" / sandbox.country.code)
            for each in written:
                write_pages(each.result, each.plan_id, each.tables, each.folder / "pages", others)
    return written


def plan_id_of(sandbox: SimulationSandbox, scenario: Scenario, costs: Any, proven: bool) -> str:
    """Name a plan by country, scenario, date, and a hash of all that goes into it.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Has the country and the date.
    scenario : Scenario
        The scenario.
    costs : dict
        Unit costs as JSON.
    proven : bool
        Whether HiGHS is to prove the plan.

    Returns
    -------
    str
        The same for the same inputs.
    """
    manifest = make_manifest(sandbox.country, sandbox.country_path, sandbox.run_date, {})
    extra = [
        path.read_bytes().hex() if path is not None and path.is_file() else ""
        for path in (scenario.fixed_decisions, scenario.weights.poverty_file)
    ]
    settings = scenario.model_dump(mode="json", exclude={"fixed_decisions", "costs", "shown"})
    settings["weights"] = {key: value for key, value in settings["weights"].items() if key != "poverty_file"}
    content = json.dumps([manifest["run_id"], settings, costs, extra, proven], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"{sandbox.country.code}-{scenario.name}-{sandbox.run_date:%Y%m%d}-{digest}"


def _write(
    sandbox: SimulationSandbox, scenario: Scenario, plan_id: str, data_dir: Path, make: Callable[[Path], PlanResult]
) -> Written:
    """Write everything into a work folder, then move that into its place, then switch the link to the newest."""
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


def _write_comparison(written: list[Written], plans: Path) -> pd.DataFrame:
    by_name = {each.result.instance.scenario.name: each.tables for each in written}
    compared = comparison_rows(by_name)
    write_csv(compared, plans / "comparison.csv")
    write_csv(standing_rows(by_name), plans / "in_every_scenario.csv")
    ids = {name: each.plan_id for name, each in zip(by_name, written, strict=True)}
    COMPARED_PLANS.write(plans / "comparison.json", {"plans": ids})
    return compared


def summary_lines(written: Written) -> list[str]:
    """Summarise a plan in a few sentences.

    Parameters
    ----------
    written : Written
        The plan.

    Returns
    -------
    list of str
        One sentence a line.
    """
    result, years = written.result, written.tables["plan_years"]
    plan, last, currency = result.selection.plan, years.iloc[-1], result.instance.costs.currency
    words = {"internet": "high-speed internet", "delivery": "last-mile delivery", "payment": "a way to cash"}
    served = "; ".join(
        f"{last[f'{theme}_served_people']:,.0f} more people with {words[theme]}"
        for theme in THEMES
        if theme not in result.instance.missing
    )
    label = " [synthetic: " + str(last["synthetic_layers"]) + "]" if last["synthetic_layers"] else ""
    choices, spend = len(written.tables["plan_sites"]), f"{years['spent'].sum():,.0f} {currency}"
    proof = f"{plan.solver}, proven" if plan.is_proven else plan.solver
    difference = f"{last['difference_share']:+.2%} from the simulated figures"
    first = f"{result.rounds[0].difference_share:.1%} before it was corrected by them"
    lines = [
        f"Plan {written.plan_id}: {choices} choices for {spend} until {int(last['year'])}: {served}{label}",
        f"The choice is at most {plan.gap_share:.2%} below the best possible (bound by {proof})",
        f"Its estimate differs by {difference}, by {first}",
    ]
    lines += [f"{theme} is not planned: {why}" for theme, why in result.instance.missing.items()]
    country = result.instance.country
    reasons = left_out(result.instance.scenario, country.obligations, country.thresholds.high_speed_mbps[0])
    lines += [f"Obligation '{name}' is no constraint: {why}" for name, why in reasons.items()]
    constraints = written.tables["plan_floors"]
    if len(constraints):
        met = int((constraints["state"] == "kept").sum())
        lines.append(
            f"Service constraints: {met} of {len(constraints)} that are not met today will be; "
            "plan_floors says why others are not"
        )
    return lines
