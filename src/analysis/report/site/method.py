"""The method page: every indicator and every value of `params/` with its source and the rule behind it (R7)."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from analysis.policy.base import CHANNELS
from analysis.policy.book import PolicyBook
from analysis.policy.load import load_yaml
from analysis.policy.models import ChannelWeights, Indicator
from analysis.report.page.pieces import Column, banner, paragraphs, table
from analysis.report.score_text import method_words
from analysis.report.site.values import in_words, list_values
from analysis.report.words import DASH, WORDS, listing, month_name


def method_body(book: PolicyBook) -> Markup:
    """Return the content of the method page, made from `params/` alone.

    Args:
        book: the rules of all months.
    """
    intro = [
        f"本页由{book.district.office}的规则文件自动生成，列出全部指标、权重和规则数值，并注明出处。",
        "规则编号R为原文规定，S为原文未作规定时的缺省做法；原文和缺省均未定的数值为本区设定。编号含义见文末规则目录。",
    ]
    pieces = [Markup("<h1>{}机关职能运行监管考评办法说明</h1>").format(book.district.name)]
    if book.district.is_synthetic:
        pieces.append(banner("本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。"))
    pieces += [paragraphs(intro), _units(book), _indicators(book), _weights(book)]
    pieces += [_deliveries(book)]
    pieces += [_values(book, section.file, section.title) for section in WORDS.sections]
    pieces += [_matters(book), _calendar(book), _rules()]
    return Markup("\n").join(pieces)


def rule_links(rules: str) -> Markup:
    """Return the numbers in `rules` as links to the list of rules; a dash where there are none."""
    return Markup("、").join(Markup('<a href="#{0}">{0}</a>').format(each) for each in rules.split()) or Markup(DASH)


def _units(book: PolicyBook) -> Markup:
    # Prose rather than a table: a list of names wraps on a phone.
    pieces = []
    for group in book.units.groups:
        names = [_unit_name(unit) for unit in book.units.units if unit.group == group.id]
        pieces.append(Markup("<h3>{}（{}个）</h3><p>{}</p>").format(group.name, len(names), "、".join(names)))
    return _section(
        "被评单位", paragraphs(["单位编号不因更名、合并而变动（R3、S9）；分组用于组内比较（S8）。"]), *pieces
    )


def _unit_name(unit) -> str:
    return unit.name if unit.to is None else f"{unit.name}（至{month_name(unit.to)}）"


def _indicators(book: PolicyBook) -> Markup:
    heads = ("指标", "渠道内权重", "计分方法", "全年合成", "类别和来源", "规则")
    columns = [Column(head, head == "渠道内权重") for head in heads]
    entries = book.indicators.indicators
    now = {entry.id for entry in entries if entry.to is None}
    pieces = [paragraphs([f"现行指标{len(now)}项（R15）。渠道内权重为对全部分组适用时的比重（S2）。"])]
    for channel in book.weights.channels:
        rows = [_indicator_row(entry, book) for entry in entries if entry.channel == channel.id]
        pieces.append(Markup("<h3>{}</h3>{}").format(channel.name, table(columns, rows, f"{channel.name}指标", css="")))
    return _section("考核指标", *pieces)


def _indicator_row(entry: Indicator, book: PolicyBook) -> Sequence[Markup | str]:
    # A span is told only where it is not the district's whole time.
    is_partial = entry.to is not None or entry.from_ != book.district.start
    source = f"原文：{entry.phrase}" if entry.origin == "source" else "补充（S1）"
    return [
        f"{entry.name}（{_span(entry.from_, entry.to)}）" if is_partial else entry.name,
        f"{_share(entry, book.indicators.indicators):.2f}%",
        f"{method_words(entry)}（单位：{entry.unit}）",
        WORDS.over_year[entry.over_year],
        f"{book.names[entry.family]}，{source}",
        rule_links(entry.rule),
    ]


def _share(entry: Indicator, entries: Iterable[Indicator]) -> float:
    """The weight within the channel in the entry's first month, in %."""
    beside = [e.weight for e in entries if e.channel == entry.channel and e.holds_in(entry.from_)]
    return 100 * entry.weight / sum(beside)


def _weights(book: PolicyBook) -> Markup:
    columns = [Column("适用对象"), *(Column(book.names[f"{c}.short"], True) for c in CHANNELS)]
    columns += [Column("起止"), Column("依据文号"), Column("原因"), Column("规则")]
    rows = [_weights_row(entry, "全部单位", "R17", book.names) for entry in book.weights.base]
    rows += [
        _weights_row(entry, book.names[entry.unit or entry.group], "R18 S16", book.names)
        for entry in book.weights.adjustments
    ]
    return _section("考核渠道权重", table(columns, rows, "渠道权重（%），合计100"))


def _weights_row(entry: ChannelWeights, whom: str, rules: str, names: Mapping[str, str]) -> Sequence[Markup | str]:
    shares = (in_words(entry.weights[channel]) for channel in CHANNELS)
    return [whom, *shares, _span(entry.from_, entry.to), entry.document, entry.reason or DASH, rule_links(rules)]


def _deliveries(book: PolicyBook) -> Markup:
    rows = [
        [
            delivery.file,
            delivery.office,
            book.sheets.kinds[delivery.kind].title,
            listing([book.names[id_] for id_ in delivery.indicators]) or DASH,
            "必报" if delivery.is_required else "有则报",
        ]
        for delivery in book.sheets.deliveries
    ]
    columns = [Column(head) for head in ("文件", "报送单位", "表种", "指标", "要求")]
    return _section("数据来源", table(columns, rows, "每月报送的数据", css=""))


def _values(book: PolicyBook, file: str, title: str) -> Markup:
    found = list(list_values(load_yaml(book.folder / f"{file}.yml", dict), file))
    spans = list(dict.fromkeys(value.span for value in found if value.span))
    columns = [Column(head) for head in ("事项", "数值", "性质和规则", "参数位置")]
    rows = []
    for value in found:
        name, rules = WORDS.keys.get(value.key, (value.key, ""))
        nature = Markup("{} {}").format(_nature(value.key, rules), rule_links(rules) if rules else "")
        rows.append([name, value.text, nature, value.key.removeprefix(f"{file}.")])
    if len(spans) > 1:  # one span is told once, above the table
        columns.append(Column("起止和依据"))
        rows = [[*row, value.span or DASH] for row, value in zip(rows, found, strict=True)]
    told = paragraphs([f"施行时间和依据：{spans[0]}。"]) if len(spans) == 1 else Markup("")
    return _section(title, told, table(columns, rows, f"{title}（params/{file}.yml）", css=""))


def _nature(key: str, rules: str) -> str:
    if key in WORDS.from_source:
        return "原文"
    return "缺省" if "S" in rules else "本区设定"


def _matters(book: PolicyBook) -> Markup:
    content = load_yaml(book.folder / "duties.yml", dict)
    lists = {each["id"]: each for each in content["lists"]}
    rows = [
        [
            matter["name"],
            book.names[matter["lead"]],
            listing([book.names[id_] for id_ in matter.get("co_operating", [])]) or DASH,
            "是" if matter.get("towns") else "否",
            f"{lists[matter['list']]['name']} {matter['clause']}",
            _span(matter["from"], matter.get("to")),
        ]
        for matter in content["matters"]
    ]
    columns = [Column(head) for head in ("事项", "牵头单位", "配合单位", "镇街属地管理", "清单条款", "起止")]
    documents = "，".join(f"{each['name']}（{each['document']}）" for each in lists.values())
    return _section(
        "权责和边界事项", paragraphs([f"依据：{documents}。"]), table(columns, rows, "事项及牵头单位（R8）")
    )


def _calendar(book: PolicyBook) -> Markup:
    rows = [
        [
            str(year.year),
            WORDS.values[year.status],
            year.document,
            str(len(year.holidays)),
            str(len(year.extra_working_days)),
        ]
        for year in book.calendar.years
    ]
    columns = [Column("年份"), Column("状态"), Column("依据"), Column("放假工作日", True), Column("调休上班日", True)]
    return _section("工作日历", table(columns, rows, "工作日历（S19）", css=""))


def _rules() -> Markup:
    rows = [[Markup('<span id="{0}">{0}</span>').format(number), text] for number, text in WORDS.rules.items()]
    return _section("规则目录", table([Column("编号"), Column("内容")], rows, "规则目录", css=""))


def _section(title: str, *pieces: Markup) -> Markup:
    return Markup("<h2>{}</h2>\n{}").format(title, Markup("\n").join(pieces))


def _span(first: str, last: str | None) -> str:
    return f"{month_name(first)}起" if last is None else f"{month_name(first)}至{month_name(last)}"
