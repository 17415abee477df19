"""The entry point of `analysis` and `python -m analysis`: the commands of `run/`, and the one of the sample."""

import locale
import os
import subprocess
import sys


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


def main() -> None:
    """Run the command line."""
    restart_in_utf8()
    from analysis.run.commands import main as commands
    from analysis.sample.command import sample

    commands.app.command()(sample)
    commands.main()


if __name__ == "__main__":
    main()
