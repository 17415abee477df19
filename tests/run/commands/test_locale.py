"""The command works in UTF-8 whatever the locale; what it prints follows the locale."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ...conftest import copy_root

LOCALEDEF = shutil.which("localedef")


def call(root: Path, environment: dict[str, str], *arguments: str | bytes) -> tuple[int, bytes]:
    """Exit code and output of the command in a process of its own, under a locale."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHONUTF8", "PYTHONIOENCODING"))}
    command = [sys.executable, "-m", "analysis", *arguments, "--root", str(root)]
    done = subprocess.run(command, env=kept | environment, capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def gb18030(tmp_path) -> dict[str, str]:
    """The environment of a Chinese locale that is not UTF-8, made for the test where the system lacks it."""
    if LOCALEDEF is None or not Path("/usr/share/i18n/locales/zh_CN").exists():
        pytest.skip("no localedef or no sources of locales on this machine (Debian: apt-get install locales)")
    made = tmp_path / "locales" / "zh_CN.GB18030"
    made.parent.mkdir()
    subprocess.run([LOCALEDEF, "-i", "zh_CN", "-f", "GB18030", str(made)], check=False, capture_output=True)
    return {"LOCPATH": str(made.parent), "LC_ALL": "zh_CN.GB18030"}


@pytest.fixture
def root(tmp_path) -> Path:
    """A district with a month of raw files whose names are Chinese."""
    return copy_root(tmp_path / "区", ["2023-01"])


def test_check_reads_chinese_file_names_under_gb18030_and_prints_in_it(root, gb18030):
    code, printed = call(root, gb18030, "check", "2023-01")
    assert code == 0, printed.decode("gb18030", "replace")
    assert "数据齐全" in printed.decode("gb18030")


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_check_reads_chinese_file_names_under_a_bare_locale(root, environment):
    code, printed = call(root, environment, "check", "2023-01")
    assert code == 0, printed.decode("ascii", "backslashreplace")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_is_typed_is_understood_in_utf8_and_in_the_encoding_of_the_terminal(root, gb18030, encoding):
    code, printed = call(root, gb18030, "check", "二〇二三年一月".encode(encoding))
    assert code == 2
    assert "二〇二三年一月" in printed.decode("gb18030")


def test_forms_are_named_in_utf8_under_gb18030(root, gb18030):
    code, printed = call(root, gb18030, "start", "2023-02")
    assert code == 0, printed.decode("gb18030", "replace")
    names = [name.decode("utf-8") for name in os.listdir(os.fsencode(root / "forms/2023-02"))]
    assert any("评分表" in name for name in names)
