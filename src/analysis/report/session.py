"""What a researcher's session says when it opens a month."""

from collections.abc import Mapping, Sequence

from analysis.report.words import WORDS, listing

_NAMED = 3


def tell_opened(period: str, opened: str, changed: Mapping[str, Sequence[str]]) -> str:
    """Return what a session opened, and what is no longer as it was when that was made.

    Args:
        period: the month.
        opened: the published revision; `scratch` where sessions made the tables; empty where this one makes all.
        changed: what changed since (see `WORDS.changed`) → names of its files, where they have any.
    """
    if not opened:
        return f"{period}：全部按现行数据、规则和程序试算，未发布。"
    told = "尚未发布，打开试算的数据表" if opened == "scratch" else f"打开已发布的{opened}"
    if not changed:
        return f"{period}：{told}，数据、规则和程序都是现行的。"
    parts = (WORDS.changed[of] + (f"（{listing(names, _NAMED)}）" if names else "") for of, names in changed.items())
    return f"{period}：{told}；此后有变化：{'，'.join(parts)}。如要全部按现行的试算：open_month(…, today=True)。"


def tell_building(n_done: int, n_months: int) -> str:
    """Return how far the tables of the months that were never published are, while a session waits for them."""
    return f"尚未发布的月份先行试算：已完成{n_done}/{n_months}个月"
