"""Best server for each place, operator and technology.

Loss grows with distance, so among cells of one power, height and band the best server is the
nearest: one tree query a class of cells. Between classes the received powers are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from coverage.signal.propagation import rural_loss_db, urban_loss_db
from coverage.signal.radios import Radios, Technology
from coverage.signal.speed import edge_sinr_db, edge_speed_mbps

Floats = npt.NDArray[np.float64]

NO_SERVER = -1
STEPS = {"band_mhz": 10.0, "bandwidth_mhz": 1.0, "eirp_dbm": 1.0, "antenna_height_m": 5.0}
_DEFAULTS = {"band_mhz": "frequency_mhz"}


@dataclass(frozen=True)
class Service:
    """One operator's one technology at n places: dBm (-inf where out of range), Mbps, cell row."""

    received_dbm: Floats
    speed_mbps: Floats
    server: npt.NDArray[np.int64]

    @property
    def is_covered(self) -> npt.NDArray[np.bool_]:
        return self.speed_mbps > 0


def cell_classes(cells: pd.DataFrame, budget: Technology) -> pd.DataFrame:
    """Band, bandwidth, power and height of each cell: as stated, to the STEPS, else the default."""
    filled = {}
    for name, step in STEPS.items():
        default = getattr(budget, _DEFAULTS.get(name, name))
        stated = np.maximum(np.round(cells[name].to_numpy(dtype=np.float64) / step) * step, step)
        filled[name] = np.where(np.isnan(stated), default, stated)
    return pd.DataFrame(filled, index=cells.index)


def best_service(
    x_m: Floats,
    y_m: Floats,
    is_urban: npt.NDArray[np.bool_],
    cells: pd.DataFrame,
    technology: str,
    radios: Radios,
    max_range_m: float,
) -> Service:
    """The service that one operator's ``cells`` of one technology give at each place.

    ``cells`` has x_m, y_m and the columns of STEPS (NaN where not stated); its index are the
    cell rows that ``server`` names.
    """
    budget = radios.technologies[technology]
    received, speed = np.full(len(x_m), -np.inf), np.zeros(len(x_m))
    server = np.full(len(x_m), NO_SERVER, dtype=np.int64)
    places = np.column_stack([x_m, y_m])
    classes = cell_classes(cells, budget)
    for kind, same in classes.groupby(list(STEPS), sort=True):
        band_mhz, bandwidth_mhz, eirp_dbm, height_m = np.asarray(kind, dtype=np.float64).tolist()
        members = cells.loc[same.index]
        tree = cKDTree(members[["x_m", "y_m"]].to_numpy())
        distance, nearest = tree.query(places, distance_upper_bound=max_range_m)
        loss = path_loss_db(distance, is_urban, band_mhz, height_m, radios)
        power = np.where(np.isfinite(distance), eirp_dbm - loss, -np.inf)
        rate = edge_speed_mbps(edge_sinr_db(power, budget, bandwidth_mhz, radios.conditions), budget, bandwidth_mhz)
        better = (rate > speed) | ((rate == speed) & (power > received))
        received, speed = np.where(better, power, received), np.where(better, rate, speed)
        server[better] = members.index.to_numpy()[nearest[better]]
    return Service(received, speed, server)


def path_loss_db(
    distance_m: Floats, is_urban: npt.NDArray[np.bool_], band_mhz: float, height_m: float, radios: Radios
) -> Floats:
    """Urban or rural TR 36.942 loss by each place's surroundings; infinite distances stay infinite."""
    above_roofs_m = height_m - radios.conditions.rooftop_height_m
    urban = urban_loss_db(distance_m, band_mhz, above_roofs_m)
    return np.where(is_urban, urban, rural_loss_db(distance_m, band_mhz, height_m))
