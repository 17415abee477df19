"""What a notice to any reader has around its parts: title, number, to whom, signer, draft (S44)."""

from dataclasses import replace

from analysis.policy.papers import Reader
from analysis.report.packs.content import PackContent
from analysis.report.page.pieces import Table
from analysis.report.papers.paper import CONTACT, Paper, Part, basis_words, draft_words, number_blank, number_parts

PAGES = 4  # apart from annexes
STEPS = {True: "下一步工作安排", False: "下一步要求"}  # a report asks nobody for anything
_SIGNED_OUT = "　　　　　　签发人：　　　　"


def notice_paper(
    kind: str, content: PackContent, reader: Reader, what: str, parts: list[Part], annexes: list[Table]
) -> Paper:
    """Return a notice to a reader on something (`what`), with what the office adds left blank."""
    office, form = content.policy.district.office, "报告" if reader.is_report else "通报"
    if reader.is_report:
        parts = [*parts[:-1], replace(parts[-1], blocks=(*parts[-1].blocks, "特此报告。"))]
    return Paper(
        kind=kind,
        audience=reader.audience,
        title=(f"{office}关于", f"{what}的{form}"),
        number=number_blank(content) + _SIGNED_OUT * reader.is_report,
        to=reader.to or "（主送机关）",
        opening=f"现将{what}{form}如下：",
        parts=number_parts(parts),
        annexes=tuple(table for table in annexes if table.cells),
        signer=office,
        day=content.edition.published,
        copies=reader.copies,
        draft=draft_words(content),
        basis=basis_words(content, is_year=kind == "annual"),
        contact=CONTACT * (not reader.is_report),
    )
