"""The Python interface: what a notebook or a program of one's own uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import RunError
from commune_coverage.core.files import read_geo
from commune_coverage.core.run_places import Edition, places_of, shown_run_in
from commune_coverage.core.state.declared import REPORT
from commune_coverage.pipeline import dag
from commune_coverage.pipeline.run import Published, run_pipeline
from commune_coverage.pipeline.runner import null_report
from commune_coverage.runs.run import Changes, Hooks, Run, RunRequest

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from commune_coverage.config.country import Country
    from commune_coverage.planning.command import Written
    from commune_coverage.quality.check_inputs import Findings
    from commune_coverage.quality.results import ApprovedChange, Shown

__all__ = ["HOOKS", "Results", "check", "load_country", "open_results", "plan", "run", "write_invented_country"]


def _explain_changes(run: Run) -> Changes | None:
    from commune_coverage.reanalysis.attribution.since_shown import changes_since_shown

    return changes_since_shown(run)


def _approved_change(run: Run, shown: Shown, layers: list[str]) -> ApprovedChange:
    from commune_coverage.reanalysis.attribution.approved import change_by_layers

    return change_by_layers(run, shown, layers)


HOOKS = Hooks(
    explain_changes=_explain_changes,
    approved_change=_approved_change,
    worker_modules=tuple(module for stage in dag.STAGES if stage.name in dag.WORKER_STAGES for module in stage.modules),
)


def write_invented_country(folder: Path, scale: str = "default", seed: int = 7) -> Path:
    """Write the files of a country that does not exist, to try things out: all that it holds is synthetic.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    scale : str
        ``default`` (about 150 communes) or ``national`` (1,650).
    seed : int
        Another one makes another country; the same one the same bytes.

    Returns
    -------
    Path
        Its country file.
    """
    from commune_coverage.synthetic.invented import write_country

    return write_country(Path(folder), scale, seed)


def run(
    country: Path,
    data_dir: Path = Path("data"),
    maps_dir: Path = Path("maps"),
    run_date: date | None = None,
    engine: str = "processes",
    report: Callable[[str, int, int], None] = null_report,
) -> Published:
    """Compute every figure of a country and publish tables and maps.

    Parameters
    ----------
    country : Path
        The country file.
    data_dir, maps_dir : Path
        Where runs and maps are kept; made where they are not there.
    run_date : date, optional
        Today in the country's time zone unless given.
    engine : str
        ``serial``, ``threads``, ``processes``, ``cluster`` or the address of a Dask scheduler.
    report : callable
        Called with a stage's name, steps done and steps in all.

    Returns
    -------
    Published
        The run's name, its headline, where tables and pages are, and what is held back.

    Raises
    ------
    CoverageError
        One sentence that says what is wrong and what to do.
    """
    return run_pipeline(RunRequest(country, data_dir, maps_dir, run_date, engine), HOOKS, report)


def check(country: Path | Country, data_dir: Path = Path("data")) -> Findings:
    """Read every layer of a country and compute nothing.

    Parameters
    ----------
    country : Path or Country
        The country file, or what ``load_country`` gave.
    data_dir : Path
        Where approved versions are listed.

    Returns
    -------
    Findings
        ``problems``, sentences on what would stop a run, and ``logs``, the rows of each file.

    Raises
    ------
    CoverageError
        When the country file itself cannot be read.
    """
    from commune_coverage.quality.check_inputs import check_country

    return check_country(load_country(country) if isinstance(country, (str, Path)) else country, data_dir)


def plan(
    country: Path, scenarios: Sequence[str], data_dir: Path = Path("data"), engine: str = "processes"
) -> list[Written]:
    """Plan towers, hubs and payment points within each year's budget.

    Parameters
    ----------
    country : Path
        The country file.
    scenarios : sequence of str
        Names of ``scenarios/NAME.toml`` next to the country file, or paths.
    data_dir : Path
        Where plans are written and what runs have cached is found.
    engine : str
        As for ``run``.

    Returns
    -------
    list of Written
        For each scenario its name, folder and tables.

    Raises
    ------
    CoverageError
        One sentence that says what is wrong and what to do.
    """
    from commune_coverage.planning.command import plan_country

    return plan_country(Path(country), list(scenarios), Path(data_dir), engine)


@dataclass(frozen=True)
class Results:
    """A finished run's tables, each read when it is first asked for.

    Attributes
    ----------
    folder : Path
        The run's folder, such as ``data/latest``.
    """

    folder: Path

    @property
    def stages(self) -> Path:
        """What the stages have left. Raises RunError in a public edition, which has nothing of single places."""
        if not (self.folder / "stages").is_dir():
            raise RunError("the public edition has no levels and no grid of places; the internal edition has")
        return self.folder / "stages"

    @cached_property
    def communes(self) -> gpd.GeoDataFrame:
        """One row a commune, in EPSG:4326; ``data_dictionary`` explains the columns."""
        return read_geo(self.folder / "commune_gaps.parquet")

    @cached_property
    def data_dictionary(self) -> pd.DataFrame:
        """Every column of ``communes`` with kind, unit, bounds and a sentence."""
        return self._table("data_dictionary")

    @cached_property
    def sites(self) -> pd.DataFrame:
        """One row a site, each once, with the commune that it stands in."""
        return self._table("sites")

    @cached_property
    def hubs(self) -> pd.DataFrame:
        """One row a hub, with its tier, capacity and load."""
        return self._table("hubs")

    @cached_property
    def payment_points(self) -> pd.DataFrame:
        """One row a payment point."""
        return self._table("payments")

    @cached_property
    def institutions(self) -> pd.DataFrame:
        """One row an institution, with the masts and people around it, where there is such a layer."""
        return self._table("institutions")

    @cached_property
    def operator_coverage(self) -> pd.DataFrame:
        """Share of people covered, by commune, operator and technology."""
        return self._table("operator_coverage")

    @cached_property
    def declared_coverage(self) -> pd.DataFrame:
        """What operators declare, by area, operator, technology, service level and environment of the receiver."""
        return self._table("declared_coverage")

    @cached_property
    def official_indicators(self) -> pd.DataFrame:
        """Indicators of the Sustainable Development Goals by their definitions, of the nation and its provinces."""
        return self._table("official_indicators")

    @cached_property
    def people_groups(self) -> pd.DataFrame:
        """Women, adults and other groups with their gaps, by area, where there is such a layer."""
        return self._table("people_groups")

    @cached_property
    def benchmarks(self) -> pd.DataFrame:
        """National figures that others have published beside ours, where the country file names any."""
        return self._table("benchmarks")

    @cached_property
    def travel_comparison(self) -> pd.DataFrame:
        """Minutes to the nearest pick-up by the roads and by a friction surface, where there are both."""
        return self._table("travel_comparison")

    @cached_property
    def access_by_mode(self) -> pd.DataFrame:
        """Minutes to a pick-up and to cash, and who is beyond the limits, by what people travel with."""
        return self._table("access_by_mode")

    @cached_property
    def territory_coverage(self) -> pd.DataFrame:
        """Coverage of land, roads and institutions, by area, where the country file asks for it."""
        return self._table("territory_coverage")

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Estimates with 90 % intervals by area and operator, of draws of the country, where the file asks for any."""
        return self._table("intervals")

    @cached_property
    def ensemble_evidence(self) -> pd.DataFrame:
        """What is known besides cells, beside what the draws say of it, and what they would say without it."""
        return self._table("ensemble_evidence")

    @cached_property
    def draws(self) -> pd.DataFrame:
        """The draws of the country that ``intervals`` are of, a column each; the first row has their weights."""
        from commune_coverage.core.files import read_table

        source = self.folder / "ensemble_draws.parquet"
        if not source.is_file():
            raise RunError(f"this run has no '{source.name}': the country file asks for no draws, or it is not public")
        return read_table(source)

    @cached_property
    def obligations(self) -> pd.DataFrame:
        """Whether coverage obligations are met, by area, where the country file names any."""
        return self._table("obligations")

    @cached_property
    def verification(self) -> pd.DataFrame:
        """Declared coverage against tests and the model, by operator, of the nation and of communes with tests."""
        return self._table("verification")

    @cached_property
    def verification_cells(self) -> pd.DataFrame:
        """Cells of H3 with tests of declared coverage."""
        return self._table("verification_cells")

    @cached_property
    def verification_places(self) -> pd.DataFrame:
        """Squares of 100 m with tests of declared coverage."""
        return self._table("verification_places")

    @cached_property
    def drive_next(self) -> pd.DataFrame:
        """Cells of declared coverage of which one more test would tell most, by operator."""
        return self._table("drive_next")

    @cached_property
    def coverage_challenges(self) -> pd.DataFrame:
        """Cells of which declared coverage is challenged."""
        return self._table("coverage_challenges")

    @cached_property
    def grid(self) -> gpd.GeoDataFrame:
        """One row a populated place, in EPSG:4326: people, power in dBm and busy-hour throughput in Mbps.

        Columns of radio are there where the run has a towers layer.
        """
        from commune_coverage.pipeline.stages.site.grid import place_table

        return place_table(self.stages)

    def levels(
        self,
        operators: Sequence[str] | None = None,
        technologies: Sequence[str] | None = None,
        bounds: tuple[float, float, float, float] | None = None,
    ) -> pd.DataFrame:
        """What is received of each operator and technology at each populated place that it reaches.

        Parameters
        ----------
        operators, technologies : sequence of str, optional
            Those that are wanted; all unless given.
        bounds : tuple of float, optional
            West, south, east and north in degrees; west may be greater than east, across 180 degrees.

        Returns
        -------
        DataFrame
            ``lon``, ``lat``, ``operator``, ``technology``, the median level that a phone reports outdoors
            ``received_dbm``, the median SINR at the stated load ``sinr_db``, and the busy-hour speed to a user
            ``speed_mbps``, 0 where the technology does not cover the place.

        Raises
        ------
        RunError
            When the run has no levels, or none of an operator or technology that is named.
        """
        from commune_coverage.pipeline.stages.radio.level_tables import LevelChoice, level_table

        return level_table(self.stages, LevelChoice(operators, technologies, bounds))

    @cached_property
    def report(self) -> dict[str, Any]:
        """Rows in and out, people counted, assumptions, national figures and what the stages cost."""
        return REPORT.read(self.folder / "report.json")

    @cached_property
    def history(self) -> pd.DataFrame:
        """The national figures of every run that is kept, oldest first."""
        from commune_coverage.archive.trends import trend

        if self.report.get("edition") == "public" and "people" in self.report["withheld_layers"]:
            raise RunError("the public edition has no earlier figures where people are confidential")
        data_dir = self.folder.resolve().parents[1]
        return trend(data_dir, data_dir.parent / "maps", str(self.report["country"]["code"]))

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        source = self.folder / f"{name}.csv"
        if not source.is_file():
            why = (
                "in its public edition"
                if self.report.get("edition") == "public"
                else "the country file names no such layer"
            )
            raise RunError(f"this run has no '{source.name}': {why}")
        codes = {f"{level}_code": str for level in ("commune", "district", "province")}
        table = pd.read_csv(source, dtype=codes | {"code": str})
        return table.assign(code=table["code"].fillna("")) if "code" in table else table


def open_results(data_dir: Path = Path("data"), run_id: str | None = None, edition: Edition = "public") -> Results:
    """Open the tables of a finished run.

    Parameters
    ----------
    data_dir : Path
        Where runs are kept.
    run_id : str, optional
        The name of a run; the one that is shown unless given.
    edition : {'public', 'internal'}
        What everybody may see, or all that was computed; the same where no layer is confidential.

    Returns
    -------
    Results
        ``communes`` as a GeoDataFrame, ``grid``, ``sites``, ``hubs``, ``report``, ``history`` and others.

    Raises
    ------
    RunError
        When no such run is there.
    """
    folder = shown_run_in(Path(data_dir), edition) if run_id is None else _folder_of(Path(data_dir), run_id, edition)
    if not (folder / "report.json").is_file():
        raise RunError(f"no finished run at '{folder}'; 'commune-coverage run' makes one")
    return Results(folder)


def _folder_of(data_dir: Path, run_id: str, edition: Edition) -> Path:
    """An edition of a run that is kept; its whole where it has no other."""
    places = places_of(run_id, data_dir, data_dir)
    report = places.run / "report.json"
    is_whole = edition == "internal" or not report.is_file() or "withheld_layers" not in REPORT.read(report)
    return places.run if is_whole else places.public_tables
