"""Tiles of one raster, read as one: GDAL's virtual raster, made in memory."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from rasterio.enums import MaskFlags

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.readers.formats.band import Band

_PART_OF_A_CELL = 0.01
_MAX_CELLS_PER_TILE_CELL = 10_000


def mosaic_of(opened: list[rasterio.DatasetReader], bands: list[Band]) -> str:
    """Describe tiles as one raster; where they overlap the last one that has a value counts, once.

    Parameters
    ----------
    opened : list of rasterio.DatasetReader
        The tiles. The first one's grid is that of all.
    bands : list of Band
        The band of each.

    Returns
    -------
    str
        XML of a virtual raster with one band: values in the layer's unit, NaN where no tile has any.

    Raises
    ------
    UnreadableFileError
        When the tiles are not of one grid, or lie too far from each other.
    """
    at = [_place(tile, opened[0]) for tile in opened]
    left, top = min(column for column, _ in at), min(row for _, row in at)
    width = max(column + tile.width for (column, _), tile in zip(at, opened, strict=True)) - left
    height = max(row + tile.height for (_, row), tile in zip(at, opened, strict=True)) - top
    if width * height > _MAX_CELLS_PER_TILE_CELL * sum(tile.width * tile.height for tile in opened):
        raise UnreadableFileError(
            f"'{_name(opened[0])}' and its further tiles lie far apart; take out the one that is of another place"
        )
    transform = opened[0].transform @ rasterio.Affine.translation(left, top)
    sources = [_source(band, column - left, row - top) for band, (column, row) in zip(bands, at, strict=True)]
    return (
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{_srs(opened[0])}</SRS>'
        f"<GeoTransform>{','.join(repr(float(value)) for value in transform.to_gdal())}</GeoTransform>"
        '<VRTRasterBand dataType="Float64" band="1"><NoDataValue>nan</NoDataValue>'
        f"{''.join(sources)}</VRTRasterBand></VRTDataset>"
    )


def _srs(tile: rasterio.DatasetReader) -> str:
    return "" if tile.crs is None else escape(str(tile.crs.to_wkt()))


def _name(tile: rasterio.DatasetReader) -> str:
    return Path(tile.name).name


def _place(tile: rasterio.DatasetReader, first: rasterio.DatasetReader) -> tuple[int, int]:
    """Column and row of the tile's first cell on the grid of the first tile."""
    inner = ~first.transform @ tile.transform
    column, row = round(inner.c), round(inner.f)
    last = np.array([inner @ (tile.width, tile.height), inner @ (0, tile.height), inner @ (tile.width, 0)])
    grid = np.array([(column + tile.width, row + tile.height), (column, row + tile.height), (column + tile.width, row)])
    is_off = max(abs(inner.c - column), abs(inner.f - row), np.abs(last - grid).max()) > _PART_OF_A_CELL
    if is_off or tile.crs != first.crs:
        raise UnreadableFileError(
            f"'{_name(tile)}' is not on the grid of '{_name(first)}' (cells of the same size, reference system and"
            " corners); bring both to one grid (gdalwarp, people with -r sum)"
        )
    return column, row


def _source(band: Band, column: int, row: int) -> str:
    tile, size = band.source, f'xSize="{band.source.width}" ySize="{band.source.height}"'
    flags = set(tile.mask_flag_enums[band.number - 1])
    declared = tile.nodatavals[band.number - 1]
    none = list(dict.fromkeys([*([] if declared is None else [declared]), *band.absent]))
    if len(none) > 1:
        raise UnreadableFileError(
            f"'{_name(tile)}' has {len(none)} values that stand for none ({', '.join(f'{each:g}' for each in none)});"
            " tiles may have one, write them as one (gdal_calc)"
        )
    mask = "" if flags <= {MaskFlags.nodata, MaskFlags.all_valid} else "<UseMaskBand>true</UseMaskBand>"
    return (
        f'<ComplexSource><SourceFilename relativeToVRT="0">{escape(str(Path(tile.name).resolve()))}</SourceFilename>'
        f'<SourceBand>{band.number}</SourceBand><SrcRect xOff="0" yOff="0" {size}/>'
        f'<DstRect xOff="{column}" yOff="{row}" {size}/>{mask}'
        f"<ScaleOffset>{band.offset!r}</ScaleOffset><ScaleRatio>{band.scale!r}</ScaleRatio>"
        + "".join(f"<NODATA>{each!r}</NODATA>" for each in none)
        + "</ComplexSource>"
    )
