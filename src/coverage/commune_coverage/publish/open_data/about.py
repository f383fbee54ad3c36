"""What is said of a publication in every format: whose it is, under which licence, of which sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commune_coverage.config.country import Country
from commune_coverage.core.quarantine import printable

_TEXTS = ("title", "publisher", "licence", "attribution", "version")
_LONGEST = 200
INVENTED = "An exercise: the country is invented."
WHAT = (
    "Gaps in high-speed internet, last-mile delivery and payment by commune, with ranges and evidence. "
    "A share runs from 0 to 1. What is unknown is empty, never 0."
)


@dataclass(frozen=True)
class Source:
    """A layer that figures were computed with; '' where something is not known."""

    layer: str
    title: str
    publisher: str
    licence: str
    attribution: str
    version: str
    is_synthetic: bool

    @property
    def sentence(self) -> str:
        """Who it is from, in one line."""
        said = [self.title or self.layer, self.attribution or self.publisher, self.version]
        licence = f"licence {self.licence}" if self.licence else "licence not stated"
        synthetic = ["synthetic, not observed"] if self.is_synthetic else []
        return ", ".join([*(part for part in said if part), licence, *synthetic])


@dataclass(frozen=True)
class About:
    """A publication without its date and the name of its run, so that equal tables make equal files.

    Attributes
    ----------
    code, name : str
        The country's ISO code and its name: English where there is one, else in its first language.
    is_invented : bool
        Whether the country is invented.
    licence, licence_address, publisher : str
        Of the publication, as the country file states; '' where it does not.
    sources : tuple of Source
        Layers that may be named in this edition.
    """

    code: str
    name: str
    is_invented: bool
    licence: str
    licence_address: str
    publisher: str
    sources: tuple[Source, ...]

    @property
    def title(self) -> str:
        """What the publication is called."""
        return f"Commune coverage: {self.name}"

    @property
    def description(self) -> str:
        """What it holds, in some sentences."""
        return f"{INVENTED} {WHAT}" if self.is_invented else WHAT


def about(country: Country, origins: Mapping[str, Mapping[str, Any] | None], hidden: Collection[str] = ()) -> About:
    """Say what is known of a publication.

    Parameters
    ----------
    country : Country
        Of it the code, the names, the status and the section ``exports`` are read.
    origins : mapping of str to mapping or None
        Layer to its origin as its stage reported it, None of one that is not there.
    hidden : collection of str
        Layers that this edition does not name.

    Returns
    -------
    About
    """
    shown = [(layer, origin) for layer, origin in origins.items() if origin and layer not in hidden]
    names = country.name
    return About(
        country.code,
        printable(names.get("en", names[country.languages[0]]), _LONGEST),
        country.status == "invented",
        country.exports.licence,
        country.exports.licence_address,
        printable(country.exports.publisher, _LONGEST),
        tuple(source for layer, origin in shown for source in _sources(layer, origin)),
    )


def _sources(layer: str, origin: Mapping[str, Any]) -> Sequence[Source]:
    """The layer's own file, and the further ones that say something else of themselves."""
    texts = {name: str(origin.get(name, "")) for name in _TEXTS}
    own = Source(layer=layer, is_synthetic=bool(origin["synthetic"]), **texts)
    further = [source for other in origin.get("also", []) for source in _sources(layer, other)]
    return list(dict.fromkeys([own, *further]))
