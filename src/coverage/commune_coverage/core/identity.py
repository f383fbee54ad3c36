"""Who is at it: what the operating system knows of a person, and apart from it what the person states."""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from commune_coverage.core.quarantine import printable

_LOGIN = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN = 2**32 - 1
_MAX_LENGTH = 100


class Identity(NamedTuple):
    """A person who decides.

    Attributes
    ----------
    user : str
        Name of the process's user; of no environment variable.
    login : str
        Name of the user who logged in, which ``sudo`` and ``su`` keep; '' where Linux does not record it.
    stated : str
        The name that the person gave, '' for none. It proves nothing.
    """

    user: str
    login: str
    stated: str

    @property
    def name(self) -> str:
        """The account that tells persons apart: who logged in, else whose process it is."""
        return self.login or self.user

    def groups(self) -> set[str]:
        """Names of the account's groups, each with ``@`` before it."""
        own = {f"@{group.gr_name}" for group in grp.getgrall() if self.name in group.gr_mem}
        with suppress(KeyError):
            own.add(f"@{grp.getgrgid(pwd.getpwnam(self.name).pw_gid).gr_name}")
        return own


def identify(stated: str = "") -> Identity:
    """Tell who runs this process.

    Parameters
    ----------
    stated : str
        The name that the person gives.

    Returns
    -------
    Identity
    """
    return Identity(_name_of(os.getuid()), _login(), printable(stated, _MAX_LENGTH).strip())


def _login() -> str:
    with suppress(OSError, ValueError):
        uid = int(_LOGIN.read_text())
        return "" if uid == _NOBODY_LOGGED_IN else _name_of(uid)
    return ""


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
