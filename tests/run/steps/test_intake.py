"""A month's intake knows what the month before delivered, whether that was built or only lies there."""

import shutil

import pytest

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.steps.intake import take_in

from ...conftest import ROOT, copy_root


def resend(root, month: str) -> str:
    """Put January's export, in another encoding and under another name, in the place of a later month's."""
    raw = root / "data" / "raw"
    (earlier,) = (ROOT / "data" / "raw" / "2023-01").glob("*导出*")
    for path in (raw / month).glob("*导出*"):
        path.unlink()
    text = next(text for code in ("utf-8-sig", "gb18030") if (text := _decode(earlier.read_bytes(), code)))
    lines = [line for line in text.splitlines() if "2023" not in line]  # a title would name the month
    (raw / month / "系统导出.csv").write_text("\n".join(lines), "utf-8")
    return earlier.name


def _decode(content: bytes, code: str) -> str:
    try:
        return content.decode(code)
    except UnicodeDecodeError:
        return ""


def stops(clean) -> list[str]:
    found = clean.problems[clean.problems["code"] == "earlier-file"]
    return found["message"].tolist()


@pytest.mark.parametrize("is_look", [True, False])
def test_last_months_export_saved_anew_is_stopped_where_that_month_was_built(district, tmp_path, is_look):
    root = shutil.copytree(district, tmp_path / "district")
    name = resend(root, "2023-02")
    (message,) = stops(take_in(new_month(root, load_policy(root), "2023-02"), is_look=is_look))
    assert "《系统导出.csv》" in message and f"2023-01的《{name}》" in message


def test_a_look_stops_it_too_where_that_month_was_never_built(tmp_path):
    root = copy_root(tmp_path, ["2023-01", "2023-02"])
    name = resend(root, "2023-02")
    (message,) = stops(take_in(new_month(root, load_policy(root), "2023-02"), is_look=True))
    assert f"2023-01的《{name}》" in message
    assert not (root / "data" / "processed").exists()


def test_months_as_they_were_delivered_repeat_nothing(tmp_path):
    root = copy_root(tmp_path, ["2023-01", "2023-02"])
    assert stops(take_in(new_month(root, load_policy(root), "2023-02"), is_look=True)) == []
