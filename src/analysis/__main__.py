"""The entry point of `analysis` and `python -m analysis`: the commands of `run/`, and the one of the sample."""

import locale
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path


def restart_in_utf8() -> None:
    """Start the command again in Python's UTF-8 mode where the locale has another encoding.

    Files, file names and what is passed to other processes are UTF-8, whatever the locale. What is printed follows
    the locale, because the reader's terminal does.
    """
    encoding = locale.getencoding()
    if sys.flags.utf8_mode:
        if os.name == "posix":  # a Windows console takes every character as it is
            for stream in (sys.stdout, sys.stderr):
                stream.reconfigure(encoding=encoding)
        return
    if encoding.lower().replace("-", "") == "utf8":
        return
    environment = os.environ | {"PYTHONUTF8": "1"}
    command = [sys.executable, "-X", "utf8", *map(_as_utf8, sys.orig_argv[1:])]
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    sys.exit(subprocess.call(command, env=environment))


def _as_utf8(argument: str) -> str | bytes:
    if os.name != "posix":
        return argument
    typed = os.fsencode(argument)
    try:
        typed.decode("utf-8")
    except UnicodeDecodeError:
        return argument.encode("utf-8", "surrogateescape")
    return typed


def find_named_root(arguments: list[str]) -> Path:
    """Return the district's folder before the command line is read: its helps are in the district's language."""
    from analysis.policy.errors import UsageError
    from analysis.policy.root import find_root

    named = [each.partition("=")[2] for each in arguments if each.startswith("--root=")]
    named += [folder for option, folder in pairwise(arguments) if option == "--root"]
    try:
        return Path(named[-1]) if named else find_root()
    except UsageError:
        return Path()


def main() -> None:
    """Run the command line."""
    restart_in_utf8()
    from analysis.policy.messages import choose_language

    choose_language(find_named_root(sys.argv[1:]))
    from analysis.run.commands import main as commands
    from analysis.sample.command import sample

    commands.app.command()(sample)
    commands.main()


if __name__ == "__main__":
    main()
