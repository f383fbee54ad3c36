"""A network as a plan leaves it: the country's own files and files with the planned rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import tomlkit

from commune_coverage.config.country import Country
from commune_coverage.config.layers import FibreFile, FibreLayer, PointsFile, PointsLayer, TowersFile
from commune_coverage.core.files import atomic_write
from commune_coverage.planning.scenario.model import Carrier, Scenario
from commune_coverage.publish.exports import write_csv
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.readers.towers.link_budgets import load_radios


def write_radios(radios: Radios, factor: float, path: Path) -> Path:
    """Write link budgets with a higher busy-hour demand.

    Parameters
    ----------
    radios : Radios
        The link budgets.
    factor : float
        On the demand of each user; the result is at most 100 Mbit/s.
    path : Path
        The TOML file to write.

    Returns
    -------
    Path
        The same.
    """
    content = radios.model_dump(mode="json", exclude_none=True)
    demand = content["busy_hour"]["demand_mbps"]
    content["busy_hour"]["demand_mbps"] = {name: min(value * factor, 100.0) for name, value in demand.items()}
    with atomic_write(path) as target:
        target.write_text(tomlkit.dumps(content), encoding="utf-8")
    return path


POINT_CLASS = {"branch": "branch", "pickup": "pick-up point", "locker": "locker", "agent": "agent"}
TOWER_ROWS, HUB_ROWS, PAYMENT_ROWS = "planned_towers.csv", "planned_hubs.csv", "planned_payments.csv"
FIBRE_ROWS = "planned_fibre.csv"
LABEL = "planned by commune-coverage, not built"


def with_scenario(country: Country, scenario: Scenario) -> Country:
    """Set a scenario's thresholds and fixed lines in the country.

    Parameters
    ----------
    country : Country
        As its file declares it.
    scenario : Scenario
        The scenario.

    Returns
    -------
    Country
        With the scenario's headline speed before those of the file.
    """
    limits = country.thresholds
    updates: dict[str, object] = {}
    if scenario.high_speed_mbps is not None:
        others = [speed for speed in limits.high_speed_mbps if speed != scenario.high_speed_mbps]
        updates["high_speed_mbps"] = [scenario.high_speed_mbps, *others]
    if scenario.delivery_gap_min is not None:
        updates["delivery_gap_min"] = scenario.delivery_gap_min
    radio = country.radio
    if scenario.fixed is not None:
        radio = radio.model_copy(update={"fixed": scenario.fixed})
    return country.model_copy(update={"thresholds": limits.model_copy(update=updates), "radio": radio})


def write_built(country: Country, chosen: pd.DataFrame, scenario: Scenario, folder: Path) -> Country:
    """Write the planned rows and add them to the country's layers.

    Parameters
    ----------
    country : Country
        The country.
    chosen : DataFrame
        Candidates that are built (``planning.candidates``).
    scenario : Scenario
        Has the carriers of planned sites.
    folder : Path
        Into which the files of rows are written.

    Returns
    -------
    Country
        With those files among its layers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    layers = country.layers
    towers = tower_rows(chosen, scenario)
    if len(towers) and layers.towers is not None:
        write_csv(towers, folder / TOWER_ROWS)
        layers = layers.model_copy(
            update={
                "towers": layers.towers.model_copy(
                    update={"also": [*layers.towers.also, planned_towers(folder / TOWER_ROWS)]}
                )
            }
        )
    nodes = fibre_rows(chosen)
    if len(nodes):
        write_csv(nodes, folder / FIBRE_ROWS)
        layers = layers.model_copy(update={"fibre": _fibre(layers.fibre, folder / FIBRE_ROWS)})
    for name, target in (("hubs", HUB_ROWS), ("payments", PAYMENT_ROWS)):
        rows = point_rows(chosen, name)
        if len(rows):
            write_csv(rows, folder / target)
            layers = layers.model_copy(update={name: _points(getattr(layers, name), folder / target)})
    return country.model_copy(update={"layers": layers})


def planned_towers(path: Path) -> TowersFile:
    """Declare a file of planned cells.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    TowersFile
        As a country file names it.
    """
    return TowersFile(path=path, format="register", planned=True, title=LABEL)


def _points(layer: PointsLayer | None, path: Path) -> PointsLayer:
    if layer is None:
        return PointsLayer(path=path, format="table", confidence=1.0, title=LABEL)
    added = PointsFile(path=path, format="table", confidence=1.0, title=LABEL)
    return layer.model_copy(update={"also": [*layer.also, added]})


def _fibre(layer: FibreLayer | None, path: Path) -> FibreLayer:
    if layer is None:
        return FibreLayer(path=path, format="table", title=LABEL)
    return layer.model_copy(update={"also": [*layer.also, FibreFile(path=path, format="table", title=LABEL)]})


def fibre_rows(chosen: pd.DataFrame) -> pd.DataFrame:
    """List the planned fibre nodes.

    Parameters
    ----------
    chosen : DataFrame
        Candidates that are built.

    Returns
    -------
    DataFrame
        A working node for each commune centre that fibre is brought to.
    """
    rows = chosen[chosen["kind"] == "fibre"]
    return pd.DataFrame({"name": rows["candidate_id"], "status": "", "lon": rows["lon"], "lat": rows["lat"]})


def tower_rows(chosen: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """List the planned cells.

    Parameters
    ----------
    chosen : DataFrame
        Candidates that are built.
    scenario : Scenario
        Has their carriers.

    Returns
    -------
    DataFrame
        A row for each sector of each carrier of each upgraded, shared or new site, as in a register.
    """
    cells = []
    for site in chosen[chosen["kind"].isin(["upgrade", "share", "build", "build_locker"])].itertuples():
        carriers = scenario.spectrum.upgrade if site.kind == "upgrade" else scenario.spectrum.new
        for carrier in carriers:
            cells += [_cell(site, carrier, sector, scenario) for sector in range(carrier.sectors)]
    return pd.DataFrame(cells)


def _cell(site: Any, carrier: Carrier, sector: int, scenario: Scenario) -> dict[str, object]:
    """Row of a sector; its number keeps rows of equal sectors from being the same row twice."""
    return {
        "sector": sector + 1,
        "lon": site.lon,
        "lat": site.lat,
        "technology": carrier.technology,
        "operator": site.operator,
        "band_mhz": carrier.band_mhz,
        "bandwidth_mhz": carrier.bandwidth_mhz,
        "eirp_dbm": carrier.eirp_dbm,
        "antenna_height_m": scenario.spectrum.antenna_height_m,
        "azimuth_deg": carrier.azimuths_deg[sector] if carrier.azimuths_deg else None,
    }


def point_rows(chosen: pd.DataFrame, name: str) -> pd.DataFrame:
    """List the planned hubs or payment points.

    Parameters
    ----------
    chosen : DataFrame
        Candidates that are built.
    name : {"hubs", "payments"}
        The layer.

    Returns
    -------
    DataFrame
        A table of points.
    """
    kinds = ["agent"] if name == "payments" else ["branch", "pickup", "locker", "build_locker"]
    rows = chosen[chosen["kind"].isin(kinds)]
    kind = rows["kind"].replace("build_locker", "locker")
    return pd.DataFrame(
        {
            "point_id": rows["candidate_id"],
            "class": kind.map(POINT_CLASS),
            "point_name": rows["place_name"],
            "lon": rows["lon"],
            "lat": rows["lat"],
        }
    )


def with_demand(country: Country, factor: float, folder: Path) -> Country:
    """Multiply the busy-hour demand of each user.

    Parameters
    ----------
    country : Country
        The country.
    factor : float
        On the demand in Mbit/s.
    folder : Path
        Into which the link budgets are written.

    Returns
    -------
    Country
        The same for a factor of 1.
    """
    if factor == 1.0:
        return country

    radios = load_radios(country.radio.radios)
    path = write_radios(radios, factor, folder / "radios.toml")
    return country.model_copy(update={"radio": country.radio.model_copy(update={"radios": path})})
