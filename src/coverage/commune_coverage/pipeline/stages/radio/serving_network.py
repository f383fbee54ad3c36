"""The network of a country's cells, or of cells that it may have, as the tables that passes and draws read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_table, write_table
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles
from commune_coverage.pipeline.stages.radio.network import radios_of
from commune_coverage.pipeline.stages.radio.spectrum import on_carriers
from commune_coverage.population.tables import read_urbanisation
from commune_coverage.radio.antenna.sectors import patterns_from, patterns_table
from commune_coverage.radio.transmitters import make_network
from commune_coverage.readers.ground.elevation import over_ground_m
from commune_coverage.readers.towers.reader import is_complete


def serving_cells(files: SignalFiles, country: Country) -> pd.DataFrame:
    """The cells that serve the country: of its operators, and seen often enough."""
    cells = read_table(files.cells)
    return cells[cells["is_home"] & (cells["samples"].fillna(np.inf) >= country.radio.min_samples)]


def write_network(cells: pd.DataFrame, files: SignalFiles, target: SignalFiles, country: Country) -> None:
    """Write transmitters, carriers and pathloss classes of cells; ``files`` are those of the run.

    Transmitters name the rows of the cells by their index.
    """
    radios, settings = radios_of(country.radio.radios, country.radio.uplink), country.radio
    cells = on_carriers(cells, files, radios)
    x_m, y_m = cells["x_m"].to_numpy(), cells["y_m"].to_numpy()
    raised, elevation = np.full(len(cells), np.nan), country.layers.elevation
    if elevation is not None and settings.terrain:
        raised = over_ground_m(elevation, cells["lon"].to_numpy(), cells["lat"].to_numpy())
    layer = country.layers.towers
    is_register = layer is not None and is_complete(layer)
    patterns = patterns_from(read_table(files.antenna_patterns)) if files.antenna_patterns.is_file() else {}
    environment = read_urbanisation(files.urbanisation_grid).at(x_m, y_m)
    network = make_network(cells, environment, raised, is_register, radios, patterns)
    if patterns:
        write_table(target.network_patterns, patterns_table(patterns))
    write_table(target.carriers, network.carriers)
    write_table(target.pathloss_classes, network.pathloss_classes)
    write_table(target.transmitters, network.transmitters)
