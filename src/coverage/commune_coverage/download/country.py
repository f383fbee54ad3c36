"""The sources that a country file names, fetched to where its layers look for them."""

from __future__ import annotations

import difflib
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer
from commune_coverage.core.errors import CountryFileError, CoverageError
from commune_coverage.download.bounds import bounds_of
from commune_coverage.download.catalogue import Source, load_catalogue
from commune_coverage.download.scheduler import FetchResult, fetch_sources
from commune_coverage.download.task import FetchContext, OnProgress, Request
from commune_coverage.download.versions import SourceStore, Version
from commune_coverage.readers.formats.provenance import sidecar_of
from commune_coverage.scaffold.facts import countries

_QUERY_S = 300


@dataclass(frozen=True)
class LayerOutcome:
    """How the fetch of one layer's source ended, and the layer's file where there is one now."""

    layer: str
    outcome: FetchResult
    path: Path | None


def fetch_country(
    country: Country,
    data_dir: Path,
    *,
    only: str | None = None,
    offline: bool = False,
    on_progress: OnProgress | None = None,
    context: FetchContext | None = None,
) -> list[LayerOutcome]:
    """Fetch the source of every layer that names one (or of the layer ``only``) and put it at the layer's path.

    ``{ISO3}`` is the country's code; other values come from the layer's ``source.values``. Sources in tiles, and
    Overture, cover the bounds of the communes. What several layers want is fetched once. A layer whose source fails
    keeps the file it has. Raises CountryFileError for a source that the catalogue does not hold.
    """
    catalogue = load_catalogue(country.catalogue)
    wanted = [(name, file) for name, file in _files_with_source(country) if only in (None, name, name.split(".")[0])]
    requests = {name: _request(name, file, catalogue, country) for name, file in wanted}
    store = SourceStore(data_dir)
    fetched: dict[str, LayerOutcome] = {}
    for names in _turns(requests):
        ready, ended = _bounded({name: requests[name] for name in names}, country)
        once = {_key(request): request for request in ready.values()}
        outcomes = fetch_sources(list(once.values()), store, offline=offline, on_progress=on_progress, context=context)
        by_key = dict(zip(once, outcomes, strict=True))
        ended |= {name: by_key[_key(request)] for name, request in ready.items()}
        paths = {name: file.path for name, file in wanted}
        fetched |= {name: LayerOutcome(name, ended[name], _put(store, ended[name], paths[name])) for name in names}
    return [fetched[name] for name, _ in wanted]


def _turns(requests: dict[str, Request]) -> list[list[str]]:
    """The names in one turn, or the communes before the others where these need the communes' bounds."""
    lacking = any(_lacks_bounds(request) for request in requests.values())
    first = [name for name in requests if name == "communes" and lacking]
    return [turn for turn in (first, [name for name in requests if name not in first]) if turn]


def _lacks_bounds(request: Request) -> bool:
    return request.source.needs_bounds and "bounds" not in request.parameters


def _bounded(requests: dict[str, Request], country: Country) -> tuple[dict[str, Request], dict[str, FetchResult]]:
    """Requests with the bounds that they need, and how those end for which there are none."""
    if not any(map(_lacks_bounds, requests.values())):
        return requests, {}
    try:
        bounds = bounds_of(country.layers.communes)
    except CoverageError as error:
        sentence = f'needs the country\'s bounds: give values.bounds = "west,south,east,north", or communes ({error})'
        ended = {
            name: FetchResult(request, "failed", f"{request.source.id}: {sentence}", None)
            for name, request in requests.items()
            if _lacks_bounds(request)
        }
        return {name: request for name, request in requests.items() if name not in ended}, ended
    return {
        name: replace(request, parameters={**request.parameters, "bounds": bounds})
        if _lacks_bounds(request)
        else request
        for name, request in requests.items()
    }, {}


def _files_with_source(country: Country) -> list[tuple[str, Layer]]:
    """Layers and the further files of layers that name a source, with a name for each."""
    named = []
    for layer_name, layer in country.layer_items:
        named.append((layer_name, layer))
        named += [(f"{layer_name}.also.{i}", other) for i, other in enumerate(layer.further_files)]
    return [(name, file) for name, file in named if file.source is not None]


def _key(request: Request) -> tuple[str, tuple[tuple[str, str], ...]]:
    return request.source.id, tuple(sorted(request.parameters.items()))


def _request(name: str, layer: Layer, catalogue: dict[str, Source], country: Country) -> Request:
    if layer.source is None or layer.source.id not in catalogue:
        wanted = "" if layer.source is None else layer.source.id
        near = difflib.get_close_matches(wanted, list(catalogue), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(sorted(catalogue))}"
        raise CountryFileError(f"layers.{name}.source: the catalogue has no source '{wanted}'; {hint}")
    source = catalogue[layer.source.id]
    values = {"ISO3": country.code, **_known_values(country, layer), **source.defaults, **layer.source.values}
    return Request(source, {key: value for key, value in values.items() if key in source.parameters})


def _known_values(country: Country, layer: Layer) -> dict[str, str]:
    """The country's network code and area code, where it has one, and the Overpass query for the tags of the layer."""
    codes = {network.partition("-")[0] for networks in country.operators.values() for network in networks}
    values = {"mcc": codes.pop()} if len(codes) == 1 else {}
    if (known := countries().get(country.code)) is not None:
        values["m49"] = known.m49
    tags = [tag.split("=", 1) for tag in getattr(layer, "classes", {}) if "=" in tag]
    if tags:
        parts = "".join(f"nwr[{_quoted(key)}={_quoted(value)}](area.c);" for key, value in tags)
        area = f'area["ISO3166-1:alpha3"="{country.code}"]->.c;'
        values["query"] = f"[out:json][timeout:{_QUERY_S}];{area}({parts});out center;"
    return values


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _put(store: SourceStore, outcome: FetchResult, path: Path) -> Path | None:
    """The last good version at the layer's path, with its sidecar."""
    version: Version | None = outcome.version
    if version is None:
        return path if path.is_file() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        placed = store.place(outcome.request.source, version, Path(folder))
        sidecar_of(placed).replace(sidecar_of(path))
        placed.replace(path)
    return path
