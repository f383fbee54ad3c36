"""``commune-coverage recognise``: what an upload seems to hold, and the lines that would let a layer read it."""

from __future__ import annotations

from pathlib import Path

from commune_coverage.config.country import Country
from commune_coverage.config.layers import FileRef
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CoverageError, RunError
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.detection.file import Recognition, recognise
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.registry import layer_specs
from commune_coverage.readers.safety.files import require_file
from commune_coverage.schema.inputs import Table


def recognise_upload(file: Path, layer: str, country_path: Path | None, sheet: str | None = None) -> Recognition:
    """Recognise what a file seems to be as a layer.

    The country's bounds, where its communes can be read, show which zone of metres it uses and whether columns are
    exchanged.

    Parameters
    ----------
    file : Path
        The upload.
    layer : str
        A layer of the registry that has a table.
    country_path : Path or None
        The country file; None without bounds.
    sheet : str or None
        Sheet or layer in the file; None for the one that fits.

    Returns
    -------
    Recognition
        What was recognised; nothing of it is applied.

    Raises
    ------
    RunError
        For an unknown layer, or one without a table.
    MissingFileError
        When the file is not there.
    UnreadableFileError
        When it is damaged, or several sheets fit equally well.
    """
    table = _table_of(layer)
    require_file(file)
    country = None if country_path is None else load_country(country_path)
    ref = FileRef(path=file, layer=sheet)
    ref.know({} if country is None else country.vocabulary)
    return recognise(ref, table, None if country is None else _bounds(country))


def _table_of(layer: str) -> Table:
    tables = {spec.name: spec.table for spec in layer_specs() if spec.table is not None}
    if layer not in tables:
        raise RunError(f"'{layer}' has no table; one of: {', '.join(tables)}")
    return tables[layer]


def _bounds(country: Country) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = read_vector(country.layers.communes).to_crs("EPSG:4326").total_bounds
    except CoverageError:
        return None
    return float(west), float(south), float(east), float(north)


def section(recognition: Recognition, file: Path, layer: str) -> str:
    """Write the layer's section of a country file, ready to be pasted.

    Parameters
    ----------
    recognition : Recognition
        What was recognised.
    file : Path
        The upload.
    layer : str
        Name of the layer.

    Returns
    -------
    str
        TOML.
    """
    return f"[layers.{layer}]\npath = {toml_value(file.as_posix())}\n{recognition.as_toml()}"
