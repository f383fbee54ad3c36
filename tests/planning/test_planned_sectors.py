"""Sectors of planned sites: as many cells as are planned, and where they point."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from pydantic import ValidationError

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layers
from commune_coverage.planning.planned_network import planned_towers, tower_rows
from commune_coverage.planning.scenario.model import Carrier, Spectrum
from commune_coverage.publish.exports import write_csv
from commune_coverage.readers.towers.cells import read_cells

SITE = pd.DataFrame({"kind": ["build"], "lon": [104.0], "lat": [11.0], "operator": ["One"]})


def read_again(path: Path, *carriers: Carrier) -> pd.DataFrame:
    """The cells of a planned site as the towers layer reads them."""
    write_csv(tower_rows(SITE, SimpleNamespace(spectrum=Spectrum(new=list(carriers)))), path)
    country = Country(code="KHM", name={"en": "T"}, layers=Layers(communes={"path": path}))
    cells, log = read_cells(planned_towers(path), country)
    assert log.reasons() == {}
    return cells


def test_each_sector_of_a_planned_site_is_a_cell(tmp_path: Path) -> None:
    low = Carrier(technology="4g", band_mhz=700, bandwidth_mhz=10)
    high = Carrier(technology="4g", band_mhz=1800, bandwidth_mhz=20, sectors=6)
    cells = read_again(tmp_path / "planned.csv", low, high)
    assert cells.groupby("band_mhz").size().to_dict() == {700: 3, 1800: 6}
    assert cells["azimuth_deg"].isna().all()


def test_planned_sectors_point_where_the_scenario_says(tmp_path: Path) -> None:
    aimed = Carrier(technology="4g", band_mhz=1800, bandwidth_mhz=20, azimuths_deg=[30, 150, 270])
    assert read_again(tmp_path / "planned.csv", aimed)["azimuth_deg"].tolist() == [30, 150, 270]


def test_there_is_an_azimuth_for_each_sector_or_for_none() -> None:
    with pytest.raises(ValidationError, match="2 azimuths for 3 sectors"):
        Carrier(technology="4g", band_mhz=1800, bandwidth_mhz=20, azimuths_deg=[0, 180])
