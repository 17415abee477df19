"""A month in which an office has nothing to send: accepted by name, published with pages, and told as such (S11)."""

import re
from pathlib import Path

import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.run.check import check_month
from analysis.run.month import new_month
from analysis.run.pipeline import run_month

from ..conftest import copy_root
from .test_bulletin_numbers import text_of

pytestmark = pytest.mark.slow
PERIOD = "2023-01"  # the district's first month: no history is needed
SIGNED = {"reason": "本月没有", "who": "张三", "document": "〔2023〕3号", "date": "2023-02-03"}
# Deliveries that are missing → the words of their files' names.
MISSING = {
    "tickets": ["工单"],
    "transfers": ["转办"],
    "key-work": ["重点工作"],
    "tickets, transfers and key work": ["工单", "转办", "重点工作"],
}
REQUIRED = {"工单": "tickets", "重点工作": "key-work"}


def take_away(root: Path, words: list[str]) -> list[str]:
    """Remove the files; accept by name those that are required, and return their ids."""
    folder = root / "data" / "raw" / PERIOD
    for word in words:
        files = list(folder.glob(f"*{word}*"))
        assert files, word
        for path in files:
            path.unlink()
    ids = [REQUIRED[word] for word in words if word in REQUIRED]
    if ids:
        path = folder / "corrections.yml"
        entries = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
        entries["accept"] = [*entries.get("accept", ()), *({"delivery": id_, "as": "gap"} | SIGNED for id_ in ids)]
        path.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")
    return ids


@pytest.mark.parametrize("case", MISSING)
def test_a_month_without_a_delivery_is_published_with_pages_that_say_so(case, tmp_path):
    root = copy_root(tmp_path, [PERIOD])
    ids = take_away(root, MISSING[case])
    book = load_policy(root)
    clean, refused = check_month(new_month(root, book, PERIOD))
    assert (clean.is_blocked, refused) == (False, "")

    run_month(new_month(root, book, PERIOD))

    pages = {path.name: text_of(path.read_text("utf-8")) for path in (root / "reports" / PERIOD).rglob("*.html")}
    names = {delivery.id: delivery.file.rpartition(".")[0] for delivery in book.at(PERIOD).sheets.deliveries}
    for id_ in ids:
        assert f"未报送“{names[id_]}”" in pages["1_clean.html"]
    assert ("没有可用的工单数据" in pages["bulletin.html"]) == ("tickets" in ids)
    assert ("有经确认缺报的数据" in pages["bulletin.html"]) == bool(ids)
    assert not any(re.search(r"\bnan\b", text, re.IGNORECASE) for text in pages.values())
