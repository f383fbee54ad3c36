"""The catalogue of public sources: each is a row of data, and a user's own file can add or replace rows."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from commune_coverage.config.layers import Text
from commune_coverage.config.renamed import with_new_keys
from commune_coverage.config.thresholds import Strict
from commune_coverage.core.errors import FetchError, MissingFileError

Kind = Literal[
    "communes", "people", "towers", "hubs", "payments", "roads", "elevation", "speed_tests", "friction", "benchmarks",
]  # fmt: skip
Format = Literal["geotiff", "csv", "csv-gz", "xlsx", "gpkg", "geojson", "json", "overpass", "osm-pbf", "parquet", "zip"]
Parts = Literal["copernicus-tiles", "ghsl-tiles", "one-zip", "overture-places", "overture-segments"]

OBJECT_STORES = ("s3", "gs", "az")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_VALUE_PATTERNS = {
    "ISO3": r"[A-Z]{3}",
    "iso3": r"[a-z]{3}",
    "year": r"\d{4}",
    "quarter": r"[1-4]",
    "mcc": r"\d{3}",
    "m49": r"\d{1,3}",
}
_OWN_FOLDERS = ("objects", "partial")
_FREE_VALUES = ("query", "token")
# Only names in a listing are compared with patterns; addresses never hold one.
_VALUE_PATTERNS["resource"] = r"[A-Za-z0-9._*?-]+"
_PATH_VALUE = r"[A-Za-z0-9_+-][A-Za-z0-9._+=-]*(/[A-Za-z0-9_+-][A-Za-z0-9._+=-]*)*"


class Source(Strict):
    """One public source.

    ``link`` is set where the address answers JSON that names the data's address: the dotted path to it, lists
    walked through; of several, the one whose name fits ``link_file`` (``*`` and ``?`` stand for anything) is taken.
    ``defaults`` are values that a request need not give. ``allowed_hosts`` may be redirected
    to; only they and mirrors may be in a private network. ``version`` is a label's pattern in which
    ``{modified}`` is the day the publisher last changed the file. Empty texts are facts not known.

    ``parts`` says that the file is put together here: from tiles that meet the country's bounds, from the one
    raster in a zip, or from the rows of a dataset of Parquet files. ``latest`` is the address of JSON whose
    ``latest`` is what the release 'latest' stands for. ``endpoint`` and ``account`` are an object store's where
    it is not the public one. ``reader`` is how a layer reads the file, ``use`` what it may be good for.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    kind: Kind
    title: Text
    publisher: Text
    licence: str = ""
    attribution: str = ""
    address: str = ""
    mirrors: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    link: str = ""
    link_file: str = ""
    defaults: dict[str, str] = Field(default_factory=dict)
    latest: str = ""
    endpoint: str = ""
    account: str = ""
    format: Format
    parts: Parts | None = None
    reader: str = ""
    use: str = ""
    version: Text
    checksum_suffix: Literal["", ".md5"] = ""
    min_bytes: int = Field(ge=1)
    max_bytes: int = Field(ge=1)
    max_size_change_share: float = Field(gt=0)
    max_age_days: int = Field(ge=1)
    token_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None

    @model_validator(mode="after")
    def _usable(self) -> Self:
        for address in self.addresses:
            self._check_address(address)
        if not all(web.startswith(("http://", "https://")) for web in (self.latest, self.endpoint) if web):
            raise ValueError("latest and endpoint start with http:// or https://")
        if self.id in _OWN_FOLDERS:
            raise ValueError(f"'{self.id}' is a folder of the store and cannot be an id")
        if self.min_bytes > self.max_bytes:
            raise ValueError("min_bytes is larger than max_bytes")
        return self

    def _check_address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https", *OBJECT_STORES) or not parts.hostname or "{" in parts.netloc:
            raise ValueError("an address starts with http://, https:// (or s3://, gs://, az://) and a whole host")
        if ("{token}" in address) != (self.token_env is not None):
            raise ValueError("{token} and token_env go together")
        if ("{tile}" in address) != (self.parts in ("copernicus-tiles", "ghsl-tiles")):
            raise ValueError("{tile} and parts of tiles go together")
        in_store = parts.scheme in OBJECT_STORES
        if in_store and (self.token_env or self.link or self.checksum_suffix):
            raise ValueError(f"{parts.scheme}:// goes without token, link and checksum")
        if (self.parts or "").startswith("overture") != in_store and self.parts is not None:
            raise ValueError(
                "parts of Overture are read from s3://, gs:// or az://, other parts from http:// or https://"
            )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The address and its mirrors, in the order in which they are tried."""
        return (self.address, *self.mirrors) if self.address else self.mirrors

    @property
    def parameters(self) -> set[str]:
        """Names that a request must give values for."""
        texts = (*self.addresses, self.link_file)
        names = {name for text in texts for name in _PLACEHOLDER.findall(text)} - {"token"}
        if self.needs_bounds:
            names = {*names, "bounds"} - {"tile"}
        return {"ISO3" if name == "iso3" else "quarter" if name == "month" else name for name in names}

    @property
    def needs_bounds(self) -> bool:
        """What is fetched depends on the country's bounds."""
        return self.parts is not None and self.parts != "one-zip"


def fill(pattern: str, values: dict[str, str]) -> str:
    """The pattern with its placeholders filled; ``iso3`` follows from ``ISO3`` and ``month`` from ``quarter``.

    Raises FetchError for a value that is missing or has an unexpected form.
    """
    known = dict(values)
    if "ISO3" in known:
        known.setdefault("iso3", known["ISO3"].lower())
    if known.get("quarter", "") in ("1", "2", "3", "4"):
        known["month"] = f"{3 * int(known['quarter']) - 2:02d}"
    return _PLACEHOLDER.sub(lambda match: _safe(match[1], known), pattern)


def _safe(name: str, values: dict[str, str]) -> str:
    if name not in values:
        raise FetchError(f"a value for '{name}' is needed")
    if name in _FREE_VALUES:
        return quote(values[name], safe="")
    if not re.fullmatch(_VALUE_PATTERNS.get(name, _PATH_VALUE), values[name]):
        raise FetchError(f"the value given for '{name}' has an unexpected form")
    return values[name]


def load_catalogue(own: Path | None = None) -> dict[str, Source]:
    """Sources by id: the shipped ones, added to or replaced by those of a user's own file.

    Raises MissingFileError or FetchError.
    """
    shipped = _read(
        files("commune_coverage.download").joinpath("catalogue.toml").read_text(encoding="utf-8"), "catalogue.toml"
    )
    if own is None:
        return shipped
    if not own.is_file():
        raise MissingFileError(f"no catalogue of sources at '{own}'")
    return shipped | _read(own.read_text(encoding="utf-8-sig"), own.name)


def _read(text: str, name: str) -> dict[str, Source]:
    try:
        rows = with_new_keys(tomllib.loads(text), name).get("source", [])
        sources = TypeAdapter(list[Source]).validate_python(rows)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise FetchError(f"{name} is not a catalogue of sources: {error}") from error
    by_id = {source.id: source for source in sources}
    if len(by_id) != len(sources):
        raise FetchError(f"{name} names a source twice")
    return by_id
