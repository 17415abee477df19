"""What moved a unit's year so far since last year's months to date, whole and in figures (S33)."""

from collections.abc import Sequence
from math import nan

from markupsafe import Markup

from analysis.policy.period import shift
from analysis.report.packs.content import PackContent
from analysis.report.packs.results import unusual_change
from analysis.report.packs.year_losses import year_name
from analysis.report.page.pieces import number, table, text
from analysis.report.words import WORDS, score, signed

_NAMED = 12  # indicators with a row of their own


def year_moves_table(content: PackContent, unit_id: str) -> Markup:
    """Return the parts of a year's change that is more than months bring, the largest first; else nothing.

    Beside last year's score and this year's; small parts are one row. All rows add up to the change.
    """
    change = unusual_change(content, unit_id)
    if change is None:
        return Markup("")
    parts = content.table("change_parts")
    parts = parts[(parts["unit_id"] == unit_id) & (parts["basis"] == "ytd") & (parts["change"] != 0)]
    parts = parts.assign(size=parts["change"].abs()).sort_values(["size", "indicator_id"], ascending=[False, True])
    moved = list(parts[parts["indicator_id"] != ""].itertuples())
    beside = list(parts[parts["indicator_id"] == ""].itertuples())
    named, others, scores = moved[:_NAMED], moved[_NAMED:], _scores(content, unit_id)
    causes = [cause for cause in WORDS.own_causes if cause in parts and cause != "adjustments" and parts[cause].any()]

    def row(name: str, both: Sequence[float], rows: Sequence) -> tuple[str, ...]:
        return name, *map(score, both), *(signed(sum(getattr(r, c) for r in rows)) for c in [*causes, "change"])

    none = (nan, nan)
    rows = [row(content.names[each.indicator_id], scores.get(each.indicator_id, none), [each]) for each in named]
    rows += [row(f"其余{len(others)}项合计", none, others)] * bool(others)
    rows += [row(WORDS.own_causes["adjustments"], none, beside)] * bool(beside)
    rows += [row("累计得分", (change["before"], change["after"]), [*moved, *beside])]
    heads = ["上年同期", "本年", *(WORDS.own_causes[cause] for cause in causes), "合计"]
    how = "；权重、指标的变化按该项得分高于或低于本单位平均水平计" * (len(causes) > 1)
    caption = f"{year_name(content)}与上年同期之差（各期得分和变动，单位：分；由大到小{how}）"
    return table([text("指标", None), *(number(head, None) for head in heads)], rows, caption, css="pairs")


def _scores(content: PackContent, unit_id: str) -> dict[str, tuple[float, float]]:
    """Return indicator → its score of last year's months to date and of this year's, NaN where it has none."""
    rows, last = content.marks_before, shift(content.policy.period, -12)
    rows = rows[(rows["unit_id"] == unit_id) & (rows["scope"] == "ytd") & (rows["period"] == last)]
    before = dict(zip(rows["indicator_id"], rows["score"], strict=True))
    now = {i: row.score for (unit, i), row in content.year_scores.items() if unit == unit_id}
    return {i: (before.get(i, nan), now.get(i, nan)) for i in before.keys() | now.keys()}
