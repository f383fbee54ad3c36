"""``commune-coverage recognise``: what an upload seems to hold, and the lines that would let a layer read it."""

from __future__ import annotations

import re
from pathlib import Path

import shapely

from commune_coverage.config.country import Country
from commune_coverage.config.layers import FileRef
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CoverageError, RunError, UnreadableFileError
from commune_coverage.core.longitudes import bounds_of_shapes
from commune_coverage.core.quarantine import printable
from commune_coverage.core.toml_text import toml_value
from commune_coverage.readers.columns.vocabulary import words_of
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.detection.file import Recognition, recognise
from commune_coverage.readers.detection.fixed import are_lines, lacks_lines, recognise_fixed
from commune_coverage.readers.detection.obligations import SECTION as OBLIGATIONS
from commune_coverage.readers.detection.obligations import ObligationsFile, is_obligations, recognise_obligations
from commune_coverage.readers.detection.other_files import OtherFile, other_file
from commune_coverage.readers.detection.other_files import likely_layer as layer_without_columns
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.registry import LayerSpec, layer_specs
from commune_coverage.readers.safety.files import require_file
from commune_coverage.schema.inputs import POSITION_COLUMNS

MONEY = re.compile(r"\b(bank|atm|agent|money|payment|cash|banque|banco|cajero|wallet)", re.IGNORECASE)

TECHNOLOGY = re.compile(r"\b([2-5]G|GSM|UMTS|LTE|WCDMA|NR)\b", re.IGNORECASE)
RAILWAY = re.compile(
    r"\b(rails?|railways?|railroads?|trains?|trams?|metro|subway|light rail|narrow gauge|monorail|funicular)\b"
)
BORDER = re.compile(r"\b(borders?|boundary|boundaries|frontiers?|neighbou?rs?)\b")
FIBRE = re.compile(r"fib(re|er|ra)|span|node|backbone|cable", re.IGNORECASE)
_POSITION_WORDS = {"lat", "lon", "lng", "long", "latitude", "longitude", "x", "y", "easting", "northing", "position"}
_OF_LINES = ("roads", "railways", "borders")
_SHARED_COLUMNS = frozenset(
    {"lon", "lat", "operator", "commune_code", "commune_name", "district_name", "province_name", "position", "crs"}
    | {column.name for column in POSITION_COLUMNS}
)


def recognise_upload(
    file: Path, layer: str, country_path: Path | None, sheet: str | None = None
) -> Recognition | OtherFile | ObligationsFile:
    """Recognise what a file seems to be as a layer.

    The country's communes, where they can be read, show which reference system its metres are of and whether columns
    are exchanged.

    Parameters
    ----------
    file : Path
        The upload.
    layer : str
        A layer of the registry, or 'obligations'.
    country_path : Path or None
        The country file; None without its communes.
    sheet : str or None
        Sheet or layer in the file; None for the one that fits.

    Returns
    -------
    Recognition, OtherFile or ObligationsFile
        What was recognised, of a file with columns, of a raster or OSM extract, or of obligations; nothing of it is
        applied.

    Raises
    ------
    RunError
        For an unknown layer, or one that this file cannot be.
    MissingFileError
        When the file is not there.
    UnreadableFileError
        When it is damaged, or several sheets fit equally well.
    """
    country = None if country_path is None else load_country(country_path)
    if layer == OBLIGATIONS:
        return recognise_obligations(require_file(file), country)
    spec = _spec(layer)
    require_file(file)
    extent = None if country is None else extent_of_country(country)
    other = other_file(file, layer, extent, () if country is None else tuple(country.operators))
    if other is not None:
        return other
    ref = FileRef(path=file, layer=sheet)
    ref.know({} if country is None else country.vocabulary)
    languages = country.languages if country else ()
    if layer == "fixed":
        return recognise_fixed(ref, extent, languages)
    return _shapes(file, sheet, layer) if spec.table is None else recognise(ref, spec.table, extent, languages)


def _spec(layer: str) -> LayerSpec:
    specs = {spec.name: spec for spec in layer_specs()}
    if layer not in specs:
        raise RunError(f"'{layer}' is no layer; one of: {', '.join((*specs, OBLIGATIONS))}")
    return specs[layer]


def _shapes(file: Path, sheet: str | None, layer: str) -> OtherFile:
    """Water or floods as polygons, of which only the shapes count."""
    if layer not in ("water", "flood"):
        raise RunError(f"{layer} is a raster, and '{file.name}' is none by its name")
    shapes = read_vector(FileRef(path=file, layer=sheet))
    kinds = ", ".join(sorted(set(shapes.geom_type.dropna())))
    keys: dict[str, object] = {"format": "vector", **({"layer": sheet} if sheet else {})}
    return OtherFile([f"'{printable(file.name)}': {len(shapes):,} shapes ({kinds}), {shapes.crs.name}."], keys)


def likely_layer(file: Path, country_path: Path | None = None, sheet: str | None = None) -> str:
    """Guess which layer a file is: the one of which most needed columns are there, and most others.

    Parameters
    ----------
    file : Path
        The upload.
    country_path : Path or None
        The country file.
    sheet : str or None
        Sheet or layer in the file.

    Returns
    -------
    str
        The name of a layer, or 'obligations'.

    Raises
    ------
    UnreadableFileError
        When no layer can be read from the file.
    """
    require_file(file)
    other = OBLIGATIONS if is_obligations(file) else layer_without_columns(file)
    if other is not None:
        return other
    tried: list[tuple[tuple[float, ...], str]] = []
    problem: CoverageError | None = None
    for spec in layer_specs():
        if spec.table is None and spec.name != "fixed":
            continue
        try:
            found = recognise_upload(file, spec.name, country_path, sheet)
        except CoverageError as error:
            problem = problem or error
        else:
            tried.append((_fit(spec.name, found), spec.name))
    if not tried:
        raise problem or UnreadableFileError(f"'{file.name}' is none of the layers; see --layer")
    return max(tried, key=lambda one: one[0])[1]


def _fit(layer: str, found: Recognition | OtherFile | ObligationsFile) -> tuple[float, ...]:
    """Fewer needed columns missing, then recognised columns of the layer's own, payments where classes are of money."""
    if not isinstance(found, Recognition):
        return (0.0, 0.0)
    score = sum(guess.confidence for guess in found.guesses if guess.column not in _SHARED_COLUMNS)
    lacking = float(len(set(found.missing) - set(found.undecided)) + ("default_class" in found.keys))
    if layer in ("hubs", "payments"):
        words = " ".join(found.class_words)
        score += 0.1 if bool(MONEY.search(words)) == (layer == "payments") else 0.0
        lacking += bool(TECHNOLOGY.search(words))
    lacking += lacks_lines(found) if layer == "fixed" else are_lines(found.technology_words)
    if layer in _OF_LINES:
        lacking += layer != _layer_of_lines(found)
    if layer == "spectrum":
        lacking += found.is_spatial or any(_POSITION_WORDS & set(words_of(name).split()) for name in found.unused)
    if layer == "coverage":
        lacking += found.kind != "polygons" or not any(guess.column == "technology" for guess in found.guesses)
    if layer == "fibre":
        lacking += not FIBRE.search(found.file + " " + " ".join(found.unused))
    return (-lacking - (0.0 if _has_shapes_of(layer, found) else 9.0), score)


def _layer_of_lines(found: Recognition) -> str:
    sources = [guess.source for guess in found.guesses if guess.column == "class"]
    words = " ".join(map(words_of, (found.file, *sources, *found.unused, *found.class_words)))
    return "railways" if RAILWAY.search(words) else "borders" if BORDER.search(words) else "roads"


def _has_shapes_of(layer: str, found: Recognition) -> bool:
    """Whether the shapes of a spatial file are those of the layer; a table has none that could be wrong."""
    if layer in ("communes", "coverage"):
        return found.kind == "polygons"
    if layer in _OF_LINES:
        return found.kind == "lines"
    if not found.is_spatial or found.kind == "":
        return True
    wanted = {
        "fixed": ("polygons", "points"),
        "people": ("polygons", "points"),
        "fibre": ("lines", "points"),
        "speed_tests": ("points", "polygons"),
    }
    return found.kind in wanted.get(layer, ("points",))


def extent_of_country(country: Country) -> Extent | None:
    """Read where the communes lie.

    Parameters
    ----------
    country : Country
        The country file.

    Returns
    -------
    Extent or None
        None where the communes cannot be read.
    """
    try:
        communes = read_vector(country.layers.communes).to_crs("EPSG:4326")
    except CoverageError:
        return None
    shapes = shapely.make_valid(communes.geometry.dropna().to_numpy())
    return Extent(bounds_of_shapes(shapes), shapes)


def section(
    recognition: Recognition | OtherFile | ObligationsFile, file: Path, layer: str, country_path: Path | None = None
) -> str:
    """Write the layer's section of a country file, ready to be pasted.

    Parameters
    ----------
    recognition : Recognition, OtherFile or ObligationsFile
        What was recognised.
    file : Path
        The upload.
    layer : str
        Name of the layer.
    country_path : Path or None
        The country file, to which paths in it are relative; None to write the path as it is.

    Returns
    -------
    str
        TOML.
    """
    if isinstance(recognition, ObligationsFile):
        return recognition.as_toml()
    shown = file if country_path is None else _relative_to(file, country_path)
    # Of declared coverage and fixed lines there is a section for each file.
    head = f"[[layers.{layer}]]" if layer in ("coverage", "fixed") else f"[layers.{layer}]"
    return f"{head}\npath = {toml_value(shown.as_posix())}\n{recognition.as_toml()}"


def _relative_to(file: Path, country_path: Path) -> Path:
    """The path as a country file has it: relative below its folder, else absolute."""
    folder, whole = country_path.resolve().parent, file.resolve()
    return whole.relative_to(folder) if whole.is_relative_to(folder) else whole
