"""One HTTP request and its answer, redirects followed. Nothing is logged: an address may hold a token."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from commune_coverage import __version__
from commune_coverage.core.errors import FetchError, MissingOnHostError, RefusedAddressError, TemporaryError
from commune_coverage.download.http.allowlist import HostAllowlist, Target
from commune_coverage.download.http.proxy import Proxy

_REFUSED_BY_PROXY = re.compile(r"Tunnel connection failed: (4\d\d)")
_REDIRECTS = (301, 302, 303, 307, 308)
_TEMPORARY = (408, 429, 500, 502, 503, 504)
_MAX_REDIRECTS = 5
_SENTENCES = {
    401: "refuses the token or needs one (401)",
    403: "refuses the request (403)",
    404: "has no such file (404)",
    406: "finds the request unacceptable (406)",
    410: "no longer has the file (410)",
}


@dataclass(frozen=True)
class HttpPolicy:
    """How patient requests are. A response slower than ``min_bytes_per_s`` over ``patience_s`` is given up."""

    user_agent: str = f"commune-coverage/{__version__}"
    connect_s: float = 15.0
    read_s: float = 60.0
    attempts: int = 5
    first_wait_s: float = 1.0
    max_wait_s: float = 300.0
    min_bytes_per_s: float = 1000.0
    patience_s: float = 120.0


@contextmanager
def send_request(
    address: str, headers: dict[str, str], allowlist: HostAllowlist, http_policy: HttpPolicy, attempt: int = 0
) -> Iterator[http.client.HTTPResponse]:
    """The answer with status 200, 206, 304 or 416, its body not yet read.

    Raises FetchError, MissingOnHostError, RefusedAddressError or TemporaryError.
    """
    secure = False
    for _ in range(_MAX_REDIRECTS + 1):
        target = allowlist.admit(address)
        if secure and not target.secure:
            raise RefusedAddressError(f"host '{target.host}' is reached by a step down from HTTPS to HTTP; refused")
        secure = target.secure
        with (
            closing(_connect(target, http_policy, attempt)) as connection,
            _response(connection, target, headers, http_policy) as response,
        ):
            if response.status not in _REDIRECTS:
                _require_good(response, target.host)
                yield response
                return
            address = _next_address(address, response.headers.get("Location", ""))
    raise FetchError(f"host '{target.host}' redirects in a circle")


def _next_address(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise RefusedAddressError("the publisher leads to an address that cannot be read; refused") from None


def _connect(target: Target, http_policy: HttpPolicy, attempt: int) -> http.client.HTTPConnection:
    if target.proxy is not None:
        return _through(target.proxy, target, http_policy)
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        plain = socket.create_connection((target.ips[attempt % len(target.ips)], target.port), http_policy.connect_s)
        plain.settimeout(http_policy.read_s)
        connection.sock = _wrapped(plain, target.host) if target.secure else plain
    except ssl.SSLCertVerificationError:
        raise FetchError(f"the certificate of host '{target.host}' is not valid") from None
    except OSError:
        raise TemporaryError(f"host '{target.host}' cannot be reached") from None
    return connection


def _through(proxy: Proxy, target: Target, http_policy: HttpPolicy) -> http.client.HTTPConnection:
    """A connection to the target by way of the proxy."""
    connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=http_policy.connect_s)
    connection.set_tunnel(target.host, target.port, proxy.headers)
    try:
        connection.connect()
        connection.sock.settimeout(http_policy.read_s)
        if target.secure:
            connection.sock = _wrapped(connection.sock, target.host)
    except ssl.SSLCertVerificationError:
        raise FetchError(f"the certificate of host '{target.host}' is not valid") from None
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        if refusal := _REFUSED_BY_PROXY.search(str(error)):
            raise FetchError(f"the proxy refuses the way to host '{target.host}' ({refusal[1]})") from None
        raise TemporaryError(f"host '{target.host}' cannot be reached through the proxy") from None
    return connection


def _wrapped(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _response(
    connection: http.client.HTTPConnection, target: Target, headers: dict[str, str], http_policy: HttpPolicy
) -> http.client.HTTPResponse:
    basics = {
        "User-Agent": http_policy.user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    late = threading.Event()
    watch = threading.Timer(http_policy.read_s, _abort_connection, (connection.sock, late))
    watch.start()
    try:
        connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
        host = f"[{target.host}]" if ":" in target.host else target.host
        standard = target.port == (443 if target.secure else 80)
        connection.putheader("Host", host if standard else f"{host}:{target.port}")
        for name, value in {**basics, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
    except (OSError, http.client.HTTPException):
        raise TemporaryError(f"host '{target.host}' gave no answer, or cut the connection") from None
    finally:
        watch.cancel()
    if late.is_set():
        raise TemporaryError(f"host '{target.host}' answers too slowly")
    return response


def _abort_connection(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _require_good(response: http.client.HTTPResponse, host: str) -> None:
    if response.status in (200, 206, 304, 416):
        return
    sentence = _SENTENCES.get(response.status, f"answers with status {response.status}")
    if response.status in _TEMPORARY:
        raise TemporaryError(f"host '{host}' {sentence}", _retry_after_s(response.headers.get("Retry-After", "")))
    kind = MissingOnHostError if response.status == 404 else FetchError
    raise kind(f"host '{host}' {sentence}")


def _retry_after_s(text: str) -> float | None:
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
