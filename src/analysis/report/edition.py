"""Which edition of a month its pages say that they are: the line below the title, and the foot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from analysis.policy.book import Policy
from analysis.report.page.assets import fill_template
from analysis.report.words import WORDS, day_name


@dataclass(frozen=True)
class Edition:
    """Which edition of a month this is.

    Attributes:
        revision: number of the revision, such as `r0002`; of a trial the one that it reads, empty where there is none.
        state: `draft` until the objection period is over, then `final` (S21); `trial` in a researcher's session.
        as_of: the date from which deadlines count.
        published: the day on which it is published, of a final year the day on which it became final (S21).
        answer_until: the last day for objections to what is new in it, and for answers to it (S21).
        inputs: short hash over raw files and rules.
        code: short hash over code and notebooks.
        version: the project's version.
        head: the head of the chain of publications before this one (S45), empty where there was none.
        is_first: whether no edition was published before it.
        reason: why it is published: a code of `WORDS.edition_reasons`, or the office's own words.
    """

    revision: str
    state: str
    as_of: date
    published: date
    answer_until: date
    inputs: str
    code: str
    version: str
    head: str = ""
    is_first: bool = True
    reason: str = ""


def imprint(policy: Policy, edition: Edition, ends: Iterable[str] = (), *, is_public: bool = False) -> Markup:
    """Return the line below the title: office, revision, state, dates, until when to object; of a trial less.

    Args:
        policy: the month's rules.
        edition: which edition the page belongs to.
        ends: the units' last days for objections (ISO), which are told; empty where the page does not know them,
            which of another edition than the first refers to the bulletin.
        is_public: whether the public reads it, which has no pages of units to be referred to.
    """
    if edition.state == "trial":
        told = (policy.district.office, WORDS.edition_states["trial"], day_name(edition.as_of))
        return Markup('<p class="source">{} · {} · 数据截至{}</p>').format(*told)
    return Markup('<p class="source">{} · {}（{}） · 数据截至{} · {}</p>').format(
        policy.district.office,
        WORDS.edition_states[edition.state],
        edition_number(edition.revision),
        day_name(edition.as_of),
        _publication_words(edition, ends, has_pages=not is_public),
    )


def edition_words(edition: Edition) -> str:
    """Return which edition of its month a page or a paper is: 第3版（征求意见稿）; of a trial, that it is one."""
    state = WORDS.edition_states[edition.state]
    return state if edition.state == "trial" else f"{edition_number(edition.revision)}（{state}）"


def edition_reason(edition: Edition) -> str:
    """Return why an edition is published; empty where nobody said it, as of a trial."""
    return WORDS.edition_reasons.get(edition.reason, edition.reason)


def tell_edition(edition: Edition) -> str:
    """Return which edition a bulletin is, since when and why it is published; of a trial nothing."""
    if edition.state == "trial" or not edition.reason:
        return ""
    return f"本版为{edition_words(edition)}，{day_name(edition.published)}发布，事由：{edition_reason(edition)}。"


def edition_number(revision: str) -> str:
    """Return the number of a revision in words: 第3版 of `r0003`."""
    return f"第{int(revision[1:])}版"


def _publication_words(edition: Edition, ends: Iterable[str], *, has_pages: bool) -> str:
    published = day_name(edition.published)
    if edition.state == "final":
        return f"{published}定稿"
    # A revision gives a fresh period to the units that it moves alone: it may move none, and then no day is new (S21).
    days = sorted({*ends})
    if not (days or edition.is_first):
        return f"{published}发布 · 异议期见月度考评通报"
    until = date.fromisoformat(days[-1]) if days else edition.answer_until
    if until < edition.published:
        return f"{published}发布 · 异议期已于{day_name(until)}届满"
    whose = "（以各单位反馈单为准）" if has_pages and len(days) > 1 else ""
    return f"{published}发布 · 异议期至{day_name(until)}{whose}"


def chain_words(head: str) -> str:
    """Return what a foot says of the chain of publications; nothing before the first one."""
    return f" · 此前发布链校验值 {head}" if head else ""


def revision_words(edition: Edition) -> str:
    """Return the revision by its name in the store, for those who look it up; of a trial that it is one."""
    return WORDS.edition_states["trial"] if edition.state == "trial" else f"修订版 {edition.revision}"


def foot(edition: Edition) -> Markup:
    """Return the foot: revision, hash of inputs and rules, code version, head of the chain (S45)."""
    told = Markup("{} · 数据与规则校验值 {} · 程序 {}（{}）").format(
        revision_words(edition), edition.inputs, edition.version, edition.code
    )
    return Markup('<p class="foot">{}{}</p>').format(told, chain_words(edition.head))


def frame(body: str, policy: Policy, edition: Edition, back: str = "") -> Markup:
    """Return the content of a technical page with what every page says: its edition, synthetic data, the foot (S45).

    Args:
        body: the cleaned content of an executed notebook, whose first heading is the title.
        policy: the month's rules.
        edition: which edition the page belongs to.
        back: where the bulletin lies that leads to the page; empty where none does.
    """
    title, end, rest = body.partition("</h1>")
    parts = {"title": Markup(title + end), "rest": Markup(rest)}
    told = {"imprint": imprint(policy, edition), "foot": foot(edition)}
    return fill_template("technical.html.j2", policy=policy, back=back, **parts, **told)
