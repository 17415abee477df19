"""Captions of the charts: what is drawn, in which unit, from which table."""

_CAPTIONS = {
    "standing": "各类单位得分分布，每点一个单位，竖线为类别平均，虚线为等次线；单位：分；来源：{period} unit_scores",
    "course": "全区平均得分十三个月走势，虚线为上年同月；单位：分；来源：unit_scores",
    "intervals": "各单位位次及区间，粗线为单个单位的，细线为所有单位同时成立的；单位：位；来源：{period} certainty",
    "channels": "渠道得分，按位次排列，颜色为与渠道中位数之差，“—”为无数据；单位：分；来源：{period} channel_scores",
    "losses": "失分最多的指标，条长为平均每单位失分；单位：分；来源：{period} indicator_summary",
    "movers": "变化最大的十个单位，左为上期、右为本期；单位：分；来源：{period} trends",
    "causes": "变化的原因，各部分相加等于总变化；单位：分；来源：{period} trends",
    "tiers": "等次变动，对角线为等次不变的单位；单位：个；来源：{period} trends",
    "slopes": "每年变化及区间；单位：分/年；来源：{period} long_trends",
    "rising": "上升事项近两年每月受理件数；单位：件；来源：hotline_by_matter、rising_matters",
    "funnel": "按时办结率漏斗图，每点一个单位，线内为偶然波动；来源：{period} hotline_by_unit",
    "flow": "交叉指数最高的事项在单位之间的流转，箭头粗细为件数；来源：{period} matter_flows",
    "lights": "各单位在办整改事项，按灯号；单位：项；来源：{period} ledger",
}


def caption(chart: str, period: str) -> str:
    """Return the caption of a chart of the month `period`."""
    return _CAPTIONS[chart].format(period=period)
