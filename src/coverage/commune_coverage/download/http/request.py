"""One HTTP request and its answer, redirects followed. Nothing is logged: an address may hold a token."""

from __future__ import annotations

import http.client
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
from commune_coverage.download.http.allowlist import Gate, Target

_REDIRECTS = (301, 302, 303, 307, 308)
_TEMPORARY = (408, 429, 500, 502, 503, 504)
_MOST_REDIRECTS = 5
_SENTENCES = {
    401: "refuses the token or needs one (401)",
    403: "refuses the request (403)",
    404: "has no such file (404)",
    406: "finds the request unacceptable (406)",
    410: "no longer has the file (410)",
}


@dataclass(frozen=True)
class Manners:
    """How patiently hosts are asked. An answer slower than ``slowest_bytes_s`` over ``patience_s`` is given up."""

    user_agent: str = f"commune-coverage/{__version__}"
    connect_s: float = 15.0
    read_s: float = 60.0
    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0
    slowest_bytes_s: float = 1000.0
    patience_s: float = 120.0


@contextmanager
def ask(
    address: str, headers: dict[str, str], gate: Gate, manners: Manners, attempt: int = 0
) -> Iterator[http.client.HTTPResponse]:
    """The answer with status 200, 206, 304 or 416, its body not yet read.

    Raises FetchError, MissingOnHostError, RefusedAddressError or TemporaryError.
    """
    secure = False
    for _ in range(_MOST_REDIRECTS + 1):
        target = gate.admit(address)
        if secure and not target.secure:
            raise RefusedAddressError(f"host '{target.host}' is reached by a step down from HTTPS to HTTP; refused")
        secure = target.secure
        with (
            closing(_connect(target, manners, attempt)) as connection,
            _answer(connection, target, headers, manners) as answer,
        ):
            if answer.status not in _REDIRECTS:
                _require_good(answer, target.host)
                yield answer
                return
            address = _next_address(address, answer.headers.get("Location", ""))
    raise FetchError(f"host '{target.host}' redirects in a circle")


def _next_address(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise RefusedAddressError("the publisher leads to an address that cannot be read; refused") from None


def _connect(target: Target, manners: Manners, attempt: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        plain = socket.create_connection((target.ips[attempt % len(target.ips)], target.port), manners.connect_s)
        plain.settimeout(manners.read_s)
        connection.sock = _wrapped(plain, target.host) if target.secure else plain
    except ssl.SSLCertVerificationError:
        raise FetchError(f"the certificate of host '{target.host}' is not valid") from None
    except OSError:
        raise TemporaryError(f"host '{target.host}' cannot be reached") from None
    return connection


def _wrapped(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def _answer(
    connection: http.client.HTTPConnection, target: Target, headers: dict[str, str], manners: Manners
) -> http.client.HTTPResponse:
    basics = {"User-Agent": manners.user_agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    late = threading.Event()
    watch = threading.Timer(manners.read_s, _hang_up, (connection.sock, late))
    watch.start()
    try:
        connection.putrequest("GET", target.path, skip_host=True, skip_accept_encoding=True)
        host = f"[{target.host}]" if ":" in target.host else target.host
        standard = target.port == (443 if target.secure else 80)
        connection.putheader("Host", host if standard else f"{host}:{target.port}")
        for name, value in {**basics, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        raise TemporaryError(f"host '{target.host}' gave no answer, or cut the connection") from None
    finally:
        watch.cancel()
    if late.is_set():
        raise TemporaryError(f"host '{target.host}' answers too slowly")
    return answer


def _hang_up(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _require_good(answer: http.client.HTTPResponse, host: str) -> None:
    if answer.status in (200, 206, 304, 416):
        return
    sentence = _SENTENCES.get(answer.status, f"answers with status {answer.status}")
    if answer.status in _TEMPORARY:
        raise TemporaryError(f"host '{host}' {sentence}", _retry_after_s(answer.headers.get("Retry-After", "")))
    kind = MissingOnHostError if answer.status == 404 else FetchError
    raise kind(f"host '{host}' {sentence}")


def _retry_after_s(text: str) -> float | None:
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
