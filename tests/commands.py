"""The command line in this process: what it writes and the exit code, without the seconds that a start takes."""

from __future__ import annotations

import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from commune_coverage.cli.app import main

MAIN = "import sys; from commune_coverage.cli.app import main; sys.argv[0] = 'commune-coverage'; main()"
"""The command line as code for a process of its own."""


def command(*arguments: object, cwd: Path | str = ".") -> CompletedProcess[str]:
    """``commune-coverage ARGUMENTS`` in the folder; an error that the command does not turn into words is raised."""
    words, out, errors = [str(word) for word in arguments], StringIO(), StringIO()
    code: object = 0
    with (
        chdir(cwd),
        mock.patch.object(sys, "argv", ["commune-coverage", *words]),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return CompletedProcess(words, code if isinstance(code, int) else 1, out.getvalue(), errors.getvalue())
