"""Tables of points as GeoParquet: sites, hubs, payment points and all others that have positions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from commune_coverage.publish.exports import write_zstd
from commune_coverage.publish.open_data.layers import Layer


def write_points(layers: Iterable[Layer], folder: Path) -> None:
    """Write ``points/<table>.parquet`` for each layer of points.

    Parameters
    ----------
    layers : iterable of Layer
        Layers of an edition; those of areas are left out.
    folder : Path
        Where ``points/`` goes.
    """
    for layer in layers:
        if layer.is_points:
            write_zstd(folder / "points" / f"{layer.name}.parquet", layer.rows)
