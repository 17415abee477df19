"""七、异议: how a unit objects, and the one form for it, filled in as far as is known, for page and paper (S21)."""

import pandas as pd
from markupsafe import Markup

from analysis.policy.models import District
from analysis.report.bulletin import how_to_object
from analysis.report.edition import edition_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.losses import in_order
from analysis.report.packs.to_do import last_days
from analysis.report.words import DASH, WORDS, day_name, month_name, score

FORM = "考评结果异议申请表"
WATCHED, OTHER = "列入监管异常名录", "其他（未列出的也可提出）"
# Last days count from the publication, whoever objects (S21).
ALL_OPEN = "没有失分的指标也可提出。"
MEANWHILE = "异议办理期间，各项办理时限不变；异议成立的，按更正后的结果办理。"
# Of what is verified later: who is moved by a revision has a fresh period (S21).
LATER = "核实、整改时限晚于异议期的，异议期不顺延；核实后更正数据的，结果有变动的单位自修订版发布起另有异议期。"
BOX = "□"
_BLANKS = (
    "认为应得分",
    "原始数据位置{where}",
    "理由和依据（附文件）",
    "经办人（联系人）及电话",
    "单位（盖章）、日期",
)


def how_a_unit_objects(content: PackContent, unit_id: str) -> str:
    """Return how and until when a unit may object (S21)."""
    periods, policy = content.table("objection_periods"), content.policy
    own = periods[periods["unit_id"] == unit_id]
    told = how_to_object(policy, content.edition, own, content.names, "本单位")
    if not last_days(content, unit_id):
        return told
    of_year = (
        f"年度结果另有异议期：{policy.period[:4]}年度结果征求意见后{policy.district.objection.working_days}个工作日内，"
        "可就全年各月的数据、加分扣分提出。"
    )
    asked = [task.until for task in content.tasks.get(unit_id, []) if task.kind == "verify"]
    after = LATER * any(day > max(last_days(content, unit_id)) for day in asked)
    return told + ALL_OPEN + MEANWHILE + after + of_year * (not policy.period.endswith("-12"))


def form_facts(content: PackContent, unit_id: str) -> list[tuple[str, str]]:
    """Return what the form says before the unit has written a word: who, of which month, which result, to whom."""
    (row,), policy = content.own("unit_scores", unit_id), content.policy
    place = DASH if pd.isna(row.rank) else f"第{row.rank}位"
    until = [f"，{day_name(day)}（含当日）止" for day in last_days(content, unit_id)]
    return [
        ("申请单位", content.names[unit_id]),
        ("考评月份和版次", f"{month_name(policy.period)}，{edition_words(content.edition)}"),
        ("得分、等次、全区位次", f"{score(row.total)}分，{content.names.get(row.tier, DASH)}，{place}"),
        ("受理单位和时限", "".join([policy.district.objection.contact, *until])),
        ("受理单位联系方式", _contact(policy.district)),
    ]


def _contact(district: District) -> str:
    """Return section and telephone for those who object, as far as the office says them."""
    contacts = district.contacts
    told = [contacts.section, f"电话{contacts.phone}" * bool(contacts.phone)]
    return "，".join(filter(None, told)) or contacts.pages or f"（由{district.office}填写）"


def objectionable(content: PackContent, unit_id: str) -> list:
    """Return the unit's indicators that count, the costliest first: a doubtful value need not have cost a point."""
    lost = in_order(content, unit_id)
    named = {row.indicator_id for row in lost}
    own = [row for row in content.own("indicator_scores", unit_id) if row.weight > 0]
    return [*lost, *(row for row in own if row.indicator_id not in named)]


def deductions(content: PackContent, unit_id: str) -> list[tuple[str, float, str]]:
    """Return the deductions of the month, to which a unit may object: name with reason, points, document (S17)."""
    rows = [row for row in content.own("adjustments", unit_id) if row.kind == "deduction"]
    rows = sorted(rows, key=lambda row: row.adjustment_id)
    return [(f"{WORDS.adjustments[row.kind]}（{row.reason}）", row.points, row.document) for row in rows]


def form_blanks(content: PackContent, unit_id: str) -> list[tuple[str, Markup | str]]:
    """Return what the unit fills in: it ticks the indicators that it objects to, and says of them what it claims."""
    (row,) = content.own("unit_scores", unit_id)
    open_to, taken = (each(content, unit_id) if pd.notna(row.total) else [] for each in (objectionable, deductions))
    told = [f"{content.names[row.indicator_id]}{score(row.score)}分" for row in open_to]
    told += [f"{name}{score(points)}分" for name, points, _ in taken]
    told += [WATCHED] * bool(content.own("watch_list", unit_id))
    ticks = Markup(" ").join(Markup("<span>{}{}</span>").format(BOX, each) for each in [*told, OTHER])
    where = "（失分的见“三、失分明细”）" if open_to else ""
    return [("异议事项及现得分（勾选）", ticks), *((head.format(where=where), "") for head in _BLANKS)]
