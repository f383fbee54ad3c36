"""A proxy on the way out, where a network has no other: ``COMMUNE_COVERAGE_PROXY=http://[user:password@]host:port``."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from commune_coverage.core.errors import FetchError

VARIABLE = "COMMUNE_COVERAGE_PROXY"
_DEFAULT_PORT = 3128


@dataclass(frozen=True)
class Proxy:
    """Where every request goes first, by CONNECT; TLS is with the publisher, so that a proxy reads nothing of it."""

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def proxy_of_environment() -> Proxy | None:
    """Read which proxy the environment names.

    Returns
    -------
    Proxy or None
        None where it names none.

    Raises
    ------
    FetchError
        When what it names is no address of a proxy; the message holds nothing of it, for it may hold a password.
    """
    stated = os.environ.get(VARIABLE, "").strip()
    if not stated:
        return None
    try:
        parts = urlsplit(stated)
        host, port = parts.hostname, parts.port or _DEFAULT_PORT
    except ValueError:
        host = None
    if not host or parts.scheme != "http" or parts.path not in ("", "/") or not stated.isascii():
        raise FetchError(f"{VARIABLE} is not an address such as http://proxy.example.org:3128")
    if parts.username is None:
        return Proxy(host, port)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port, {"Proxy-Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"})
