"""Where a request's data are: the address filled, or read from the publisher's own listing."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from commune_coverage.core.errors import FetchError, RefusedAddressError
from commune_coverage.download.catalogue import Source, fill
from commune_coverage.download.http.allowlist import HostAllowlist
from commune_coverage.download.http.download import Sleep, read_small
from commune_coverage.download.http.request import HttpPolicy

_LISTING_BYTES = 20_000_000
_TOKEN_SHOWN = "TOKEN"  # noqa: S105


def shown_address(pattern: str, values: dict[str, str]) -> str:
    """The address as it may be stored and shown: without its token."""
    return fill(pattern, {**values, "token": _TOKEN_SHOWN})


def linked_address(
    source: Source,
    values: dict[str, str],
    listing: str,
    allowlist: HostAllowlist,
    http_policy: HttpPolicy,
    sleep: Sleep,
) -> str:
    """The one address that the publisher's JSON ``listing`` gives for a source with ``link``. Raises FetchError."""
    content = read_small(listing, allowlist, _LISTING_BYTES, http_policy, sleep)
    try:
        addresses = list(dict.fromkeys(_at(json.loads(content), source.link.split("."))))
        names = [urlsplit(address).path.rpartition("/")[2] for address in addresses]
    except (ValueError, RecursionError):
        raise FetchError("the publisher's listing is not readable") from None
    wanted = fill(source.link_file, values).lower()
    if wanted:
        pairs = zip(addresses, names, strict=True)
        addresses = [address for address, name in pairs if fnmatchcase(name.lower(), wanted)]
    if len(addresses) != 1:
        raise FetchError(f"the publisher's listing names {len(addresses)} matching files; one is needed")
    if urlsplit(listing).scheme == "https" and urlsplit(addresses[0]).scheme != "https":
        raise RefusedAddressError("the publisher's listing leads from HTTPS to another scheme; refused")
    return addresses[0]


def without_query(address: str) -> str:
    """The address with neither user nor query, in which keys are often written."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _at(value: Any, path: list[str]) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _at(item, path)]
    if not path:
        return [value] if isinstance(value, str) else []
    return _at(value.get(path[0]), path[1:]) if isinstance(value, dict) else []
