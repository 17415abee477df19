"""The index of everything for the office, and one for each audience's folder of a month (S21, S23)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from analysis.policy.consequences import PackRules
from analysis.policy.dictionary import load_dictionary
from analysis.policy.models import District
from analysis.report.edition import edition_number
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import in_line, link, table, text
from analysis.report.public_words import NO_DRAW, contact_lines, untold_words
from analysis.report.words import DASH, WORDS, Audience, day_name, month_name
from analysis.report.year import annual_page

BULLETIN = "bulletin.html"
INDEX = "index.html"
_DRAW = "/draw.html"
_NO_VISITS = f"没有登记抽查，{NO_DRAW}"
_PACKAGE = "datapackage.json"  # what programs read of a month's data


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
        withdrawn_on, withdrawn_for: when and why it was withdrawn; None and empty where it was not.
        published: the day on which it was published.
        data: hashes of the tables that public figures are made from.
    """

    name: str
    state: str
    reason: str
    as_of: str
    version: str
    inputs: str
    pages: tuple[str, ...]
    withdrawn_on: date | None = None
    withdrawn_for: str = ""
    published: date | None = None
    data: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """Draft, final or withdrawn, with when and why."""
        if self.withdrawn_on:
            return f"已作废（{day_name(self.withdrawn_on)}，{self.withdrawn_for}）"
        return WORDS.edition_states[self.state]

    @property
    def edition(self) -> str:
        """第N版."""
        return edition_number(self.name)

    def tell(self, more: str = "") -> str:
        """State, edition, when and why it was published, and what else there is to say of it."""
        since = f"{day_name(self.published)}发布" if self.published else ""
        why = WORDS.edition_reasons.get(self.reason, self.reason)
        return f"{self.status}（{'，'.join(filter(None, (self.edition, since, why, more)))}）"

    @property
    def imprint(self) -> str:
        """State, edition and as-of date in words."""
        as_of = day_name(date.fromisoformat(self.as_of))
        return f"{self.status}（{self.edition}） · 数据截至{as_of}"


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
    def told(self) -> str:
        """What its last revision is, and whether the data behind public figures are those of the one before."""
        before = [each for each in self.revisions[:-1] if not each.withdrawn_on]
        if not before or self.last.withdrawn_on:
            return self.last.tell()
        return self.last.tell(f"所据数据较上一版{'未变' if before[-1].data == self.last.data else '有变'}")

    @property
    def bulletin(self) -> list[tuple[str, str]]:
        """Path and title of its bulletin, none where it has none."""
        path, title = f"{self.period}/{BULLETIN}", f"{month_name(self.period)}月度考评通报"
        return [(path, title)] if BULLETIN in self.last.pages else []

    @property
    def folders(self) -> list[str]:
        """The audiences' folders of the revision in force, in the order of the words, others after them."""
        present = {page.split("/")[0] for page in self.last.pages if "/" in page}
        known = [folder for folder in WORDS.audiences if folder in present]
        return known + sorted(present.difference(known))

    @property
    def indexes(self) -> list[tuple[str, str]]:
        """Path of each folder's index, and what its audience is called."""
        return [(f"{self.period}/{folder}/{INDEX}", _audience(folder).name or folder) for folder in self.folders]


def annual_path(year: int, audience: str) -> str:
    """Return where a final year's notice lies below `reports/`; the public's is with all else that is public."""
    return f"{audience}/{annual_page(year)}" if audience == "public" else f"{year}/{audience}/{annual_page(year)}"


def office_index(
    district: District,
    months: Sequence[MonthEntry],
    open_months: Sequence[str],
    years: Sequence[int] = (),
    status: str = "",
) -> Markup:
    """Return the content of `reports/index.html`: everything, for the office itself.

    Args:
        district: who supervises.
        months: the published months, the oldest first.
        open_months: months in the open-data folder.
        years: the years that are final, the oldest first.
        status: where the page of the status lies; empty where there is none.
    """
    latest = months[::-1]
    return fill_template(
        "site/office.html.j2",
        district=district,
        latest=latest[0] if latest else None,
        status=status,
        months=_months_table(latest),
        years=_years_table(years[::-1]),
        open_months=list(dict.fromkeys(month_name(month) for month in (*open_months[:1], *open_months[-1:]))),
        revisions=_revisions(latest),
    )


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
    columns = [text("材料", lambda page: link(page.path, names.get(page.title, page.title))), text("文件", "path")]
    files, audience = table(columns, links, "材料清单"), _audience(folder)
    return fill_template(
        "site/audience.html.j2", district=district, entry=entry, folder=folder, audience=audience, files=files
    )


def withdrawn_body(district: District, entry: MonthEntry) -> Markup:
    """Return what stands on every page of a month whose last publication was withdrawn."""
    return fill_template("site/withdrawn.html.j2", district=district, entry=entry)


def public_index(
    district: District,
    pages: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[str]],
    years: Sequence[int] = (),
    states: Mapping[str, str] | None = None,
    lead: str = "",
    packs: PackRules | None = None,
    visits: Mapping[str, str] | None = None,
) -> Markup:
    """Return the content of `reports/public/index.html`: the months' public pages, draws, method and open data (S26).

    Args:
        district: who supervises.
        pages: month → its pages in the public folder, the oldest month first.
        files: month → its files in the open-data folder, the oldest month first.
        years: the years that are final, the oldest first.
        states: month → its revision in words: draft or final, which edition, why it was published.
        lead: the sentence that the latest month's page begins with.
        packs: which single units the public reads of; without, nothing is said of that.
        visits: month without a public draw → how many units were inspected in it, in words (see `count_visits`).
    """
    titles, states = {name: entry.title for name, entry in load_dictionary().open_data.items()}, states or {}
    told_of = _without_draw(pages, visits or {})
    state = text("状态", lambda month: states.get(month, DASH))
    columns = [
        text("月份", month_name),
        text("数据表", lambda month: in_line(_data_links(month, files[month], titles))),
        state,
    ]
    told = [
        text("月份", lambda month: link(f"{month}/{INDEX}", f"{month_name(month)}公开版")),
        text("随机监管", lambda month: in_line(_draw_links(pages[month])) or told_of[month]),
        state,
    ]
    months = [month for month in pages if f"{month}/{INDEX}" in pages[month]][::-1]
    draws = [each for month in months for each in pages[month] if each.endswith(_DRAW)]
    first = [(f"{month}/{INDEX}", f"看本月情况（{month_name(month)}）") for month in months[:1]]
    first += [(f"{month}/{INDEX}#calls", "您的反映怎样办理、怎样计入考评") for month in months[:1]]
    first += [("method.html", "怎样考评：考什么、怎样计分"), *((path, "怎样核对摇号") for path in draws[:1])]
    first += [("method.html#district", "被评单位怎样提出异议")]
    return fill_template(
        "site/public.html.j2",
        district=district,
        lead=lead,
        first=first,
        untold=untold_words(packs) if packs else "",
        contacts=contact_lines(district.contacts),
        months=table(told, months, "各月情况（新近在前）", css="cards") if months else "",
        files=table(columns, [*files][::-1], "各月数据表（新近在前）", css="cards"),
        packages=[(f"open-data/{month}/{_PACKAGE}", month_name(month)) for month in files if _PACKAGE in files[month]],
        annual=[(annual_page(year), f"{year}年度通报（公开版）") for year in years[::-1]],
    )


def _data_links(month: str, files: Iterable[str], titles: Mapping[str, str]) -> list[Markup]:
    stems = {file: file.removesuffix(".csv") for file in files if file != _PACKAGE}
    return [link(f"open-data/{month}/{file}", titles.get(stem, stem)) for file, stem in stems.items()]


def _draw_links(pages: Iterable[str]) -> list[Markup]:
    return [link(path, f"{path.split('/')[-2]}号摇号公示页") for path in pages if path.endswith(_DRAW)]


def _without_draw(pages: Mapping[str, Iterable[str]], visits: Mapping[str, str]) -> dict[str, str]:
    """Return month → what is told of one without a public draw: of a month before all of them, since when they are."""
    drawn = min((month for month in pages if _draw_links(pages[month])), default="")
    since = f"{NO_DRAW}（公布始于{month_name(drawn)}）" if drawn else ""
    told = {month: visits.get(month, NO_DRAW) or _NO_VISITS for month in pages}
    return {month: each.replace(NO_DRAW, since) if month < drawn else each for month, each in told.items()}


def site_foot(head: str, public_key: str = "", *, is_folded: bool = False) -> Markup:
    """Return the foot of a page around the months: the head of the chain of publications and who signs it (S45)."""
    if not head:
        return Markup("")
    signed = Markup("；签名公钥（Ed25519）{}").format(public_key) if public_key else ""
    told = Markup('<p class="foot">发布链校验值 {}{}</p>').format(head, signed)
    return Markup("<details><summary>防篡改信息</summary>{}</details>").format(told) if is_folded else told


def _years_table(years: Sequence[int]) -> Markup | str:
    readers = ("leadership", "offices", "public")
    columns = [
        text("年度", lambda year: f"{year}年度"),
        text("通报", lambda year: in_line(link(annual_path(year, each), _audience(each).name) for each in readers)),
    ]
    return table(columns, years, "已定稿年度的通报（新近在前）", css="") if years else ""


def _months_table(months: Sequence[MonthEntry]) -> Markup:
    columns = [
        text("月份", "period", month_name),
        text("通报", lambda m: in_line(link(path, "月度考评通报") for path, _ in m.bulletin) or DASH),
        text("分送材料", lambda m: in_line(link(*each) for each in m.indexes)),
        text("状态", lambda m: m.last.status),
        text("版次", lambda m: m.last.edition),
        text("数据截至", lambda m: m.last.as_of),
    ]
    return table(columns, months, "已发布月份（新近在前）")


def _revisions(months: Sequence[MonthEntry]) -> Markup:
    columns = [
        text("月份", lambda r: month_name(r[0])),
        text("版次", lambda r: _edition(*r)),
        text("事由", lambda r: WORDS.edition_reasons.get(r[1].reason, r[1].reason)),
        text("状态", lambda r: r[1].status),
        text("数据截至", lambda r: r[1].as_of),
        text("数据与规则校验值", lambda r: r[1].inputs),
        text("程序", lambda r: r[1].version),
    ]
    rows = [(entry.period, revision) for entry in months for revision in entry.revisions[::-1]]
    return table(columns, rows, "各次发布（修订版发布后不再改动）")


def _edition(period: str, revision: RevisionEntry) -> Markup | str:
    # Earlier revisions are read where they were published: they never change.
    path = f"../data/processed/{period}/{revision.name}/pages/{BULLETIN}"
    return link(path, revision.edition) if BULLETIN in revision.pages else revision.edition


def _audience(folder: str) -> Audience:
    return WORDS.audiences.get(folder, Audience(name="", note=""))
