"""Objects of s3://, gs:// and az:// addresses, requested without any key of the user's."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pyarrow.lib import ArrowInvalid

from commune_coverage.core.errors import (
    CoverageError,
    FetchError,
    MissingOnHostError,
    RefusedAddressError,
    TemporaryError,
    UnreadableFileError,
)
from commune_coverage.download.catalogue import Source
from commune_coverage.download.http.allowlist import HostAllowlist
from commune_coverage.download.http.download import Download, Job, OnBytes, check_whole, retry_with_backoff
from commune_coverage.download.http.partial import Partial, Validators
from commune_coverage.download.http.request import HttpPolicy
from commune_coverage.download.task import FetchContext
from commune_coverage.readers.safety.files import sha256

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}
_GS_ENDPOINT = "https://storage.googleapis.com"
_CHUNK_BYTES = 8 << 20
_T = TypeVar("_T")


def object_store(source: Source, address: str, allowlist: HostAllowlist, http_policy: HttpPolicy) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    An ``endpoint`` of the catalogue passes the same gate as every host. Raises FetchError, also when the optional
    package for this kind of store is not installed.
    """
    parts = urlsplit(address)
    package = _PACKAGES[parts.scheme]
    if find_spec(package) is None:
        raise FetchError(
            f"{parts.scheme}:// addresses need the package {package}: pip install 'commune-coverage[cloud]'"
        )
    if source.endpoint:
        allowlist.admit(source.endpoint)
    options = (
        _s3(source, allowlist, http_policy)
        if package == "s3fs"
        else {"gs": _gs, "az": _az}[parts.scheme](source, http_policy)
    )
    system = _class_of(parts.scheme)(skip_instance_cache=True, use_listings_cache=False, **options)
    return system, f"{parts.netloc}{parts.path}"


def _class_of(scheme: str) -> Any:
    if scheme == "gs":
        # The class that fsspec gives asks another host, by other means and for minutes, for the kind of bucket.
        return import_module("gcsfs.core").GCSFileSystem
    return import_module("fsspec").get_filesystem_class(scheme)


def _s3(source: Source, allowlist: HostAllowlist, http_policy: HttpPolicy) -> dict[str, Any]:
    limits = {
        "connect_timeout": http_policy.connect_s,
        "read_timeout": http_policy.read_s,
        "retries": {"max_attempts": 1},
        "ignore_configured_endpoint_urls": True,
        "connector_args": {"socket_factory": sockets_to(allowlist, source.endpoint)},
    }
    # Parquet is read in ranges that are known beforehand: reading further ahead would fetch what nobody needs.
    ahead = {"default_cache_type": "none", "default_fill_cache": False}
    return {"anon": True, "endpoint_url": source.endpoint or None, "config_kwargs": limits, **ahead}


def sockets_to(allowlist: HostAllowlist, endpoint: str) -> Callable[[Any], socket.socket]:
    """Makes sockets to the addresses of a named endpoint only; without one, to public addresses only."""
    admitted = allowlist.admit(endpoint) if endpoint else None

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, (ip, port, *_) = info
        if admitted is None:
            allowed = ipaddress.ip_address(ip).is_global
        else:
            allowed = ip in admitted.ips and port == admitted.port
        if not allowed:
            raise OSError("the store leads elsewhere")
        return socket.socket(family, kind, protocol)

    return make


def _gs(source: Source, http_policy: HttpPolicy) -> dict[str, Any]:
    trace = import_module("aiohttp").TraceConfig()
    trace.on_request_redirect.append(_refuse_redirect)
    return {
        "token": "anon",
        "endpoint_url": source.endpoint or _GS_ENDPOINT,
        "requests_timeout": http_policy.read_s,
        "session_kwargs": {"trace_configs": [trace]},
    }


async def _refuse_redirect(*_: object) -> None:
    raise RefusedAddressError("the store leads to another host; refused")


def _az(source: Source, http_policy: HttpPolicy) -> dict[str, Any]:
    if not source.account:
        raise FetchError("az:// addresses need the storage account's name: give 'account' in the catalogue")
    if source.endpoint and not source.endpoint.startswith("https://"):
        raise FetchError("an endpoint for az:// addresses starts with https://")
    own = sorted(name for name in os.environ if name.startswith("AZURE_STORAGE_"))
    if own:
        raise FetchError(f"{own[0]} is set and would be used for az:// addresses, which are public; unset it")
    host = {"account_host": urlsplit(source.endpoint).netloc} if source.endpoint else {}
    limits = {"connection_timeout": http_policy.connect_s, "read_timeout": http_policy.read_s}
    return {"account_name": source.account, "anon": True, **limits, **host}


def remotely(action: Callable[[], _T], store: str) -> _T:
    """What the action gives; every failure of the three libraries as one of this package's, without their words.

    Raises MissingOnHostError, FetchError, UnreadableFileError or TemporaryError.
    """
    try:
        return action()
    except CoverageError:
        raise
    except FileNotFoundError:
        raise MissingOnHostError(f"store '{store}' has no such object") from None
    except PermissionError:
        raise FetchError(f"store '{store}' refuses the request without a key") from None
    except ArrowInvalid:
        raise UnreadableFileError(f"an object of store '{store}' is not readable Parquet") from None
    except Exception:  # noqa: BLE001 - each of the libraries has exceptions of its own
        raise TemporaryError(f"store '{store}' gave no answer, or cut the connection") from None


def download_object(
    job: Job, source: Source, partial: Partial, known: Validators | None, context: FetchContext, on_bytes: OnBytes
) -> Download | None:
    """Fetch an object into ``partial``, as ``download`` does a file; None when it is still the ``known`` one."""
    http_policy = context.http_policy
    validators = retry_with_backoff(
        lambda _: _transfer(job, source, partial, known, http_policy, on_bytes), http_policy, context.sleep
    )
    if validators is None:
        return None
    check_whole(job, partial, http_policy, context.sleep)
    return Download(partial.path, sha256(partial.path), partial.path.stat().st_size, validators)


def _transfer(
    job: Job, source: Source, partial: Partial, known: Validators | None, http_policy: HttpPolicy, on_bytes: OnBytes
) -> Validators | None:
    system, path = object_store(source, job.address, job.allowlist, http_policy)
    store = urlsplit(job.address).netloc
    validators, size = _facts(system, path, store)
    if known is not None and known == validators and known.etag:
        return None
    if size > job.max_bytes:
        raise FetchError(f"'{job.name}' has more than the {job.max_bytes:,} bytes that are plausible; given up")
    if partial.validators != validators or partial.size > size:
        partial.begin(validators)
    _receive(system, path, store, size, partial, http_policy, on_bytes)
    if _facts(system, path, store) != (validators, size):
        partial.discard()
        raise TemporaryError(f"'{job.name}' changed while it came")
    return validators


def _receive(
    system: Any, path: str, store: str, size: int, partial: Partial, http_policy: HttpPolicy, on_bytes: OnBytes
) -> None:
    began, before = time.monotonic(), partial.path.stat().st_size
    done = before
    while done < size:
        start, stop = done, min(done + _CHUNK_BYTES, size)
        chunk = remotely(lambda start=start, stop=stop: system.cat_file(path, start=start, end=stop), store)  # type: ignore[misc]
        if len(chunk) != stop - start:
            raise TemporaryError(f"store '{store}' gave {len(chunk):,} bytes where {stop - start:,} were asked for")
        with partial.path.open("ab") as sink:
            sink.write(chunk)
        done = stop
        on_bytes(done, size)
        passed_s = time.monotonic() - began
        if passed_s > http_policy.patience_s and done - before < http_policy.min_bytes_per_s * passed_s:
            raise TemporaryError(f"store '{store}' answers too slowly")


def _facts(system: Any, path: str, store: str) -> tuple[Validators, int]:
    info = remotely(lambda: system.info(path), store)
    if info.get("type") == "directory" or info.get("size") is None:
        raise MissingOnHostError(f"store '{store}' has no such object")
    return validators_of(info), int(info["size"])


def validators_of(info: dict[str, Any]) -> Validators:
    """What tells versions of an object apart, in the words of any of the stores."""
    etag = str(info.get("ETag") or info.get("etag") or info.get("md5Hash") or "")
    moment = info.get("LastModified") or info.get("last_modified") or info.get("mtime") or info.get("updated")
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    changed = format_datetime(moment.astimezone(UTC), usegmt=True) if isinstance(moment, datetime) else ""
    return Validators(etag if etag.isprintable() else "", changed)
