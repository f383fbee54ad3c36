"""Alerts by webhook and e-mail: once when a condition begins, once when it is over."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from commune_coverage.config.quality import Alerts
from commune_coverage.core.chain import head_of
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.event_log import log_event
from commune_coverage.core.state.declared import ALERTED
from commune_coverage.monitoring.health import BLIND, OBLIGATION, Health
from commune_coverage.quality.decisions import decisions_in

Channel = Callable[[Alerts, str, list[str]], None]

_WAIT_S = 15.0
_ALERTED = (
    "failed", "held", "missed", "nothing_shown", "postgis", "disk", "clock", "damaged", "challenges", "decisions",
    "unwritable", "inodes", "bytes_forecast", "inodes_forecast", "backup",
)  # fmt: skip
_ALERTED_KINDS = (OBLIGATION, BLIND)


def alert(health: Health, data_dir: Path, settings: Alerts, of: str) -> list[str]:
    """Send what began and what is over since the last alert; a sentence for each channel that failed.

    ``of`` names the instance in every message. What could not be sent at all is sent the next time.
    """
    now = {one.name: one for one in health.conditions if one.name in _ALERTED or one.name.startswith(_ALERTED_KINDS)}
    source = data_dir / "alerted.json"
    before: list[str] = []
    with suppress(OSError, UnreadableFileError):  # sent twice rather than never
        before = list(ALERTED.read(source)["conditions"])
    is_blind = any(name.startswith(BLIND) for name in now)
    unseen = {name for name in before if is_blind and name not in now}  # what is not seen is not over
    lines = [f"{one.status}: {one.sentence}" for name, one in now.items() if name not in before]
    lines += [f"over: {name}" for name in before if name not in {*now, *unseen}]
    if not lines:
        return []
    known = (("webhook", _post, settings.webhook_file), ("e-mail", _mail, settings.email_to))
    channels = [(kind, send) for kind, send, is_used in known if is_used]
    problems = [problem for kind, send in channels if (problem := _failure(kind, send, settings, of, lines))]
    with suppress(OSError):  # a full disk is no reason to tell nobody
        if len(problems) < len(channels) or not channels:
            ALERTED.write(source, {"conditions": sorted({*now, *unseen})}, durable=True)
        log_event(data_dir, "alert", lines=lines, problems=problems)
    return problems


def send_heartbeat(health: Health, data_dir: Path, settings: Alerts, of: str) -> str:
    """Tell whoever waits for it that the watch is alive, with its state and the end of the record of decisions.

    '' where nobody waits or it got through, else a sentence. A copy of that digest elsewhere shows what was forged.
    """
    if settings.heartbeat_file is None:
        return ""
    head = None
    with suppress(OSError, ValueError):
        head = head_of(decisions_in(data_dir))._asdict()
    try:
        _send(settings.heartbeat_file, {"source": of, "status": health.status, "decisions": head})
    except (OSError, ValueError) as error:
        return f"the heartbeat did not get through: {type(error).__name__}"
    return ""


def _failure(kind: str, send: Channel, settings: Alerts, of: str, lines: list[str]) -> str:
    """'' or why the channel failed, without address or password."""
    try:
        send(settings, of, lines)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return f"the alert by {kind} did not get through: {type(error).__name__}"
    return ""


class _NoRedirect(HTTPRedirectHandler):
    """What is meant for one address goes to no other."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _post(settings: Alerts, of: str, lines: list[str]) -> None:
    _send(settings.webhook_file, {"text": f"{of}: " + "; ".join(lines), "source": of, "alerts": lines})


def _send(address_file: Path | None, content: dict[str, Any]) -> None:
    address = _secret(address_file)
    if urlsplit(address).scheme not in ("https", "http"):
        raise ValueError("not an address")
    body = json.dumps(content).encode()
    request = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 (the scheme was looked at)
    with build_opener(_NoRedirect).open(request, timeout=_WAIT_S):
        return


def _mail(settings: Alerts, of: str, lines: list[str]) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = f"{of}: {lines[0][:120]}", settings.email_from
    message["To"] = ", ".join(settings.email_to)
    message.set_content("\n".join(lines) + "\n")
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_WAIT_S) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_login:
            server.login(settings.smtp_login, _secret(settings.smtp_password_file))
        server.send_message(message)


def _secret(path: Path | None) -> str:
    """The only line of a file that only its owner should read."""
    if path is None:
        raise ValueError("no file")
    return path.read_text(encoding="utf-8").strip()
