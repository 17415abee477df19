"""The index of everything for the office, and one for each audience's folder of a month (S21, S23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from analysis.policy.models import District
from analysis.report.page.pieces import Column, banner, paragraphs, table
from analysis.report.words import DASH, WORDS, day_name, month_name

BULLETIN = "bulletin.html"
INDEX = "index.html"
_SYNTHETIC = "本页数据为虚构地区的合成数据，仅供演示，与任何真实单位无关。"


@dataclass(frozen=True)
class PageLink:
    """A page or file of a month: where it lies in `reports/<period>/`, and its title."""

    path: str
    title: str


@dataclass(frozen=True)
class RevisionEntry:
    """One revision that was published with its pages.

    Attributes:
        name: its number, such as `r0002`.
        state, reason, as_of, version: as its manifest says.
        inputs: short hash over raw files and rules.
        pages: paths of its pages.
    """

    name: str
    state: str
    reason: str
    as_of: str
    version: str
    inputs: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class MonthEntry:
    """A published month with its revisions, the oldest first; the last one's pages are those in `reports/<period>/`."""

    period: str
    revisions: tuple[RevisionEntry, ...]

    @property
    def last(self) -> RevisionEntry:
        """The revision in force."""
        return self.revisions[-1]

    @property
    def folders(self) -> tuple[str, ...]:
        """The audiences' folders of the revision in force."""
        return tuple(sorted({page.split("/")[0] for page in self.last.pages if "/" in page}))


def office_index(district: District, months: Sequence[MonthEntry], open_months: Sequence[str]) -> Markup:
    """Return the content of `reports/index.html`: everything, for the office itself.

    Args:
        district: who supervises.
        months: the published months, the oldest first.
        open_months: months in the open-data folder.
    """
    latest = list(reversed(months))
    pieces = [_head(district, f"{district.name}机关职能运行监管报告目录")]
    pieces.append(
        paragraphs(
            ["本目录列出全部材料，供编办内部使用。对外分送时只复制相应读者的文件夹，不转发本目录及其上级文件夹。"]
        )
    )
    if not months:
        return Markup("\n").join([*pieces, paragraphs(["尚未发布任何月份。"])])
    pieces += [_latest(latest[0]), _section("各月材料", _months_table(latest))]
    pieces += [_section("办法与开放数据", _public_links(open_months)), _section("修订记录", _revisions(latest))]
    return Markup("\n").join(pieces)


def audience_index(
    district: District, entry: MonthEntry, folder: str, links: Sequence[PageLink], names: Mapping[str, str]
) -> Markup:
    """Return the content of `reports/<period>/<folder>/index.html`: what one audience may see of a month.

    Args:
        district: who supervises.
        entry: the month.
        folder: the audience's folder.
        links: its pages, with paths below the folder.
        names: id → Chinese name, for pages named by a unit.
    """
    audience = WORDS.audiences.get(folder)
    title = f"{month_name(entry.period)}{audience.name if audience else folder}材料"
    rows = [[_link(link.path, names.get(link.title, link.title)), link.path] for link in links]
    pieces = [_head(district, title), _imprint(entry.last)]
    pieces += [paragraphs([f"{audience.note}。"])] if audience else []
    pieces.append(table([Column("材料"), Column("文件")], rows, "材料清单"))
    return Markup("\n").join(pieces)


def public_index(district: District, months: Sequence[str], files: Mapping[str, Sequence[str]]) -> Markup:
    """Return the content of `reports/public/index.html`: method and open data (S26).

    Args:
        district: who supervises.
        months: months in the open-data folder, the oldest first.
        files: month → its files.
    """
    told = [
        "公开版只含汇总数据，不公布单个镇街的名次（S26）；过小的件数和分组不予列示。",
        "数据为UTF-8编码的CSV文件，各列含义见数据字典（程序可读取datapackage.json）；状态为“征求意见稿”的月份在定稿前可能修订。",
    ]
    rows = [
        [month_name(month), Markup("、").join(_link(f"open-data/{month}/{name}", name) for name in files[month])]
        for month in reversed(months)
    ]
    links = [("method.html", "考评办法说明"), ("open-data/data_dictionary.csv", "数据字典")]
    pieces = [_head(district, f"{district.name}机关职能运行监管公开资料"), paragraphs(told), _list(links)]
    return Markup("\n").join([*pieces, _section("开放数据", table([Column("月份"), Column("文件")], rows, "开放数据"))])


def _head(district: District, title: str) -> Markup:
    told = banner(_SYNTHETIC) if district.is_synthetic else Markup("")
    return Markup("<h1>{}</h1>\n{}").format(title, told)


def _imprint(revision: RevisionEntry) -> Markup:
    return Markup('<p class="source">{}（第{}版） · 数据截至{}</p>').format(
        WORDS.edition_states[revision.state], int(revision.name[1:]), day_name(date.fromisoformat(revision.as_of))
    )


def _latest(entry: MonthEntry) -> Markup:
    links = [(f"{entry.period}/{BULLETIN}", f"{month_name(entry.period)}月度考评通报")] if _has_bulletin(entry) else []
    links += [(f"{entry.period}/{folder}/{INDEX}", _audience(folder)) for folder in _ordered(entry)]
    return _section("最新一期", _imprint(entry.last), _list(links))


def _months_table(months: Sequence[MonthEntry]) -> Markup:
    columns = [Column(head) for head in ("月份", "通报", "分送材料", "状态", "版次", "数据截至")]
    rows = []
    for entry in months:
        bulletin = _link(f"{entry.period}/{BULLETIN}", "月度考评通报") if _has_bulletin(entry) else DASH
        folders = [_link(f"{entry.period}/{folder}/{INDEX}", _audience(folder)) for folder in _ordered(entry)]
        revision = entry.last
        edition = f"第{int(revision.name[1:])}版"
        shown = (bulletin, Markup("、").join(folders), WORDS.edition_states[revision.state], edition, revision.as_of)
        rows.append([month_name(entry.period), *shown])
    return table(columns, rows, "已发布月份（新近在前）")


def _revisions(months: Sequence[MonthEntry]) -> Markup:
    columns = [Column(head) for head in ("月份", "版次", "事由", "状态", "数据截至", "数据与规则校验值", "程序")]
    rows = []
    for entry in months:
        for revision in reversed(entry.revisions):
            edition = f"第{int(revision.name[1:])}版"
            # Earlier revisions are read where they were published: they never change.
            path = f"../data/processed/{entry.period}/{revision.name}/pages/{BULLETIN}"
            rows.append(
                [
                    month_name(entry.period),
                    _link(path, edition) if BULLETIN in revision.pages else edition,
                    WORDS.edition_reasons.get(revision.reason, revision.reason),
                    WORDS.edition_states[revision.state],
                    revision.as_of,
                    revision.inputs,
                    revision.version,
                ]
            )
    return table(columns, rows, "各次发布（修订版发布后不再改动）")


def _public_links(open_months: Sequence[str]) -> Markup:
    ends = dict.fromkeys(month_name(month) for month in (*open_months[:1], *open_months[-1:]))
    span = f"（{'至'.join(ends)}）" if ends else ""
    links = [("public/method.html", "考评办法说明：全部指标、权重和规则数值"), ("public/index.html", f"公开资料{span}")]
    return _list([*links, ("public/open-data/data_dictionary.csv", "开放数据字典")])


def _ordered(entry: MonthEntry) -> list[str]:
    known = [folder for folder in WORDS.audiences if folder in entry.folders]
    return known + [folder for folder in entry.folders if folder not in WORDS.audiences]


def _audience(folder: str) -> str:
    return WORDS.audiences[folder].name if folder in WORDS.audiences else folder


def _has_bulletin(entry: MonthEntry) -> bool:
    return BULLETIN in entry.last.pages


def _section(title: str, *pieces: Markup) -> Markup:
    return Markup("<h2>{}</h2>\n{}").format(title, Markup("\n").join(pieces))


def _list(links: Sequence[tuple[str, str]]) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(_link(path, text)) for path, text in links)
    return Markup("<ul>{}</ul>").format(items)


def _link(path: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(path, text)
