"""The Chinese words of what follows: kinds, reasons, states, lights."""

from collections.abc import Mapping

KINDS = {
    "warning": "预警",
    "interview": "约谈",
    "notice": "通报批评",
    "blacklist": "机构编制黑名单",
    "cleared": "移出黑名单",
}
REASONS = {
    "": "",
    "bottom_five": "后五名",
    "fail": "不达标",
    "bottom_five_and_fail": "后五名且不达标",
    "streak": "连续列入",
    "inherited": "合并承继",
    "clear_years": "年度未再列入",
    "ended": "单位撤并",
}
STATES = {"listed": "列入", "clear": "未列入", "unassessed": "未参评（不计不消）", "draft": "未定稿"}
LIGHTS = {"red": "红灯", "yellow": "黄灯", "green": "绿灯", "closed": "已销号"}
ITEM_STATES = {
    "unassigned": "待分解",
    "rectifying": "整改中",
    "to_accept": "待验收",
    "closed": "已销号",
    "returned": "退回",
}


def reason_words(row) -> str:
    """Return why a consequence came, with the years of a run."""
    years = "、".join(row.years.split())
    if row.reason == "streak":
        return f"{years}年连续{row.streak_years}年列入后五名或不达标"
    if row.basis == "month":
        return f"本月{REASONS[row.reason]}（暂定）"
    return REASONS[row.reason] if row.reason in ("inherited", "ended") else f"{row.year}年度{REASONS[row.reason]}"


def in_words(row, names: Mapping[str, str]) -> str:
    """Return a unit's name with what it took over, if anything."""
    taken = f"（承继{names[row.inherited_from]}）" if row.inherited_from else ""
    return names[row.unit_id] + taken
