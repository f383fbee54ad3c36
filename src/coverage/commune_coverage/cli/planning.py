"""The command that plans rollout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commune_coverage.cli.options import EXAMPLES, CountryFile, DataDir

planning = typer.Typer()


@planning.command(epilog="Example: " + EXAMPLES["plan"])
def plan(
    country: CountryFile,
    scenario: Annotated[
        list[str],
        typer.Option(help="A file, or NAME for scenarios/NAME.toml next to the country file; several are compared."),
    ],
    data_dir: DataDir = Path("data"),
    engine: Annotated[str, typer.Option(help="As for run.")] = "processes",
    prove: Annotated[bool, typer.Option("--prove", help="Let HiGHS prove the choice, within 10 minutes.")] = False,
) -> None:
    """Plan towers, hubs and cash points year by year within a budget, and say how far from the best the plan can be."""
    from commune_coverage.cli.options import stage_bars
    from commune_coverage.planning.command import plan_country, summary_lines

    with stage_bars() as report:
        plans = plan_country(country, scenario, data_dir, engine, report, prove)
    for written in plans:
        for line in summary_lines(written):
            typer.echo(line)
        typer.echo(f"Tables: {written.folder}")
    if any(written.result.instance.scenario.shown for written in plans):
        typer.echo("The pages of the next run show it under 'Rollout plan'")
    if len(plans) > 1:
        typer.echo(f"Compared: {plans[0].folder.parent / 'comparison.csv'}")
