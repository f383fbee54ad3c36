"""Where a request may go: hosts that the catalogue names, at addresses checked before connecting."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from commune_coverage.core.errors import RefusedAddressError, TemporaryError
from commune_coverage.core.quarantine import printable
from commune_coverage.download.catalogue import Source
from commune_coverage.download.http.proxy import Proxy, proxy_of_environment

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Target:
    """One admitted address; ``ips`` are what to connect to, so that a name cannot change its mind.

    Through a ``proxy`` the name is the proxy's to look up: there are no ``ips`` then.
    """

    secure: bool
    host: str
    port: int
    path: str
    ips: tuple[str, ...]
    proxy: Proxy | None = None


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order to try."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in answers))


@dataclass(frozen=True)
class HostAllowlist:
    """Hosts that requests may go to; only ``private_hosts`` of them may be in a private network.

    With a ``proxy`` all go through it but private hosts that are in a private network.
    """

    hosts: frozenset[str]
    private_hosts: frozenset[str]
    resolve: Resolve = resolve
    proxy: Proxy | None = None

    def admit(self, address: str) -> Target:
        """The address taken apart and resolved.

        Raises RefusedAddressError, or TemporaryError when the name is not known now.
        """
        try:
            parts = urlsplit(address)
            host, stated_port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise RefusedAddressError("an address that cannot be read was given; refused") from None
        if parts.scheme not in ("http", "https") or not address.isascii() or not address.isprintable():
            raise RefusedAddressError("an address that is not plain HTTP or HTTPS was given; refused")
        if host not in self.hosts or parts.username is not None:
            raise RefusedAddressError(
                f"the publisher leads to host '{printable(host)}', which the catalogue does not allow; refused"
            )
        port = stated_port or (443 if parts.scheme == "https" else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proxy = self._proxy_to(host, port)
        ips = () if proxy else self._ips(host, port)
        return Target(parts.scheme == "https", host, port, path.replace(" ", "%20"), ips, proxy)

    def _proxy_to(self, host: str, port: int) -> Proxy | None:
        """A name that is not known here may be known to the proxy; what is known to be private is reached directly."""
        if self.proxy is None:
            return None
        try:
            is_private = not _are_public(self.resolve(host, port))
        except (OSError, UnicodeError):
            is_private = False
        return None if is_private else self.proxy

    def _ips(self, host: str, port: int) -> tuple[str, ...]:
        try:
            ips = tuple(self.resolve(host, port))
        except (OSError, UnicodeError):
            raise TemporaryError(f"host '{host}' is not known; is there a network?") from None
        if not ips or (not _are_public(ips) and host not in self.private_hosts):
            raise RefusedAddressError(f"host '{host}' is in a private network and not named as a mirror; refused")
        return ips


def _are_public(ips: Iterable[str]) -> bool:
    return all(ipaddress.ip_address(ip).is_global and not ipaddress.ip_address(ip).is_multicast for ip in ips)


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def allowlist_of(source: Source, resolve: Resolve = resolve) -> HostAllowlist:
    """The gate for one source: its own hosts, its mirrors and its allowed hosts, behind the environment's proxy."""
    mirrors = {str(urlsplit(address).hostname) for address in source.mirrors if _is_web(address)}
    private = frozenset(host.lower() for host in {*mirrors, *source.allowed_hosts})
    named = (*source.addresses, source.latest, source.endpoint)
    own = {str(urlsplit(address).hostname) for address in named if _is_web(address)}
    return HostAllowlist(private | own, private, resolve, proxy_of_environment())
