"""Hostile strings in every text of every output: text stays text, for a parser, a spreadsheet and a terminal."""

import csv
import io
from dataclasses import replace
from datetime import date
from functools import cache

import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

from analysis.intake.month import CleanMonth
from analysis.intake.send_back import write_problem_workbooks
from analysis.policy.base import Name
from analysis.policy.book import load_policy
from analysis.policy.duties import ARROW
from analysis.policy.fleet import DistrictResult, Reference, RuleDifference
from analysis.policy.names import Names
from analysis.policy.tables import TABLES
from analysis.policy.visible import is_unseen
from analysis.report import actions, bulletin, duties, hotline
from analysis.report.edition import imprint
from analysis.report.intake import problem_table, quality_table, reconciliation_table
from analysis.report.measures import consequence_table, measures_table
from analysis.report.packs.feedback import feedback_body
from analysis.report.packs.offices import office_body
from analysis.report.packs.public import public_body
from analysis.report.packs.workbook import office_workbook
from analysis.report.page.html import figure_html, render_page
from analysis.report.page.pieces import banner
from analysis.report.page.theme import figure_svg, use_theme
from analysis.report.province import render_province
from analysis.report.site.index import MonthEntry, PageLink, RevisionEntry, audience_index
from analysis.report.site.method import method_body
from analysis.report.site.open_data import to_csv
from analysis.report.tasks import Task
from analysis.run.commands.terminal import PlainConsole

from .hostile import CONTROLS, FORMULAS, HOSTILE, MARKUP, NAUGHTY, TEMPLATES, chunks, harmless, shown_text, skeleton
from .packs.months import PERIOD, ROOT, make_content, scores, texts
from .pages import without_fonts

WHOLE = load_policy(ROOT).at(PERIOD)
N = 80
POLICY = replace(WHOLE, units=WHOLE.units[:N], channel_weights_by_unit=WHOLE.channel_weights_by_unit.head(N))
SHOWN = list(POLICY.unit_ids[:20])
CHUNKS = list(chunks(HOSTILE, N))
PAGE_TAGS = {"a", "span", "declaration", "html", "head", "meta", "link", "title", "style", "body", "main", "script"}
CHART_TAGS = {"figure", "div", "svg", "g", "path", "rect", "text", "tspan", "defs", "use", "clippath", "figcaption"}
TEXT_COLUMNS = {
    "lineage": ["role", "file", "sheet", "cell", "raw"],
    "adjustments": ["reason", "document"],
    "ledger": ["item_id", "source", "problem", "repeat_of"],
    "consequences": ["document"],
}


def spread(frame: pd.DataFrame, columns: list[str], given: list[str]) -> pd.DataFrame:
    """The frame with the texts in rotation in these columns, each column beginning at another one."""
    told = {c: [given[(7 * k + n) % len(given)] for n in range(len(frame))] for k, c in enumerate(columns)}
    return frame.assign(**told)


def filled(name: str, n_rows: int, **told) -> pd.DataFrame:
    """Rows of a table: what is told, else 1, True or nothing."""
    rows = pd.DataFrame(index=range(n_rows))
    for column, form in TABLES[name].columns.items():
        kind = str(form.dtype).lower()
        default = True if "bool" in kind else 1 if "int" in kind else 1.0 if "float" in kind else ""
        rows[column] = told.get(column, default)
    return rows


def content_with(given: list[str]):
    tables = {**scores(POLICY), **texts(POLICY)}
    changed = {name: spread(tables[name], columns, given) for name, columns in TEXT_COLUMNS.items()}
    for name in ("adjustments", "ledger"):  # all on the pages that are looked at
        changed[name] = changed[name].assign(unit_id=SHOWN * (N // len(SHOWN)))
    content = make_content(POLICY, **changed)
    names = Names(dict(zip(content.names, given * 2, strict=False)), content.names.channels, content.names.tiers)
    return replace(content, names=names, policy=rename(POLICY, given))


def rename(policy, given: list[str]):
    units = tuple(u.model_copy(update={"name": t}) for u, t in zip(policy.units, given, strict=True))
    fields = ("name", "phrase", "unit")
    indicators = tuple(
        i.model_copy(update=dict(zip(fields, given[n:] + given, strict=False))) for n, i in enumerate(policy.indicators)
    )
    told = dict(zip(("name", "office"), given[3:], strict=False)) | {"copied_offices": tuple(given)}
    objection = policy.district.objection.model_copy(update={"contact": given[1], "how": given[2]})
    district = policy.district.model_copy(update=told | {"objection": objection})
    return replace(policy, units=units, indicators=indicators, district=district)


def notebook_pieces(content, given: list[str]):
    """What notebooks show of texts as delivered: the ledger, matters, problems, files."""
    names, tables = content.names, content.tables
    problems = spread(filled("problems", N, action="shown"), ["file", "sheet", "cell", "message", "office"], given)
    sheets = spread(filled("reconciliation", N, grain="row"), ["file", "sheet", "office"], given)
    matters = filled("hotline_by_matter", N, matter=given, matter_id=[""] * N)
    overlaps = filled(
        "duties_by_matter", N, matter=given, list="power", strength="strong", clause=given[::-1],
        lead_unit_id=POLICY.unit_ids, proposed_unit_id=POLICY.unit_ids[::-1], is_known=[n % 2 == 0 for n in range(N)],
    )  # fmt: skip
    loop = [ARROW.join(pair) for pair in zip(POLICY.unit_ids, POLICY.unit_ids[1:] + POLICY.unit_ids[:1], strict=True)]
    loops = filled("matter_loops", N, matter=given, loop=loop)
    handlers = filled("matter_handlers", N, matter=given, unit_id=POLICY.unit_ids)
    rising = filled("rising_matters", N, matter=given)
    yield problem_table(problems)
    yield reconciliation_table(sheets)
    yield hotline.matter_table(matters, at_most=N)
    yield duties.duties_table(overlaps, names, at_most=N)
    yield duties.agenda_table(duties.agenda(overlaps, handlers, loops, names))
    yield banner(duties.duties_finding(overlaps, loops, names, content.policy))
    yield banner(hotline.rising_finding(rising, WHOLE.tickets.rising))
    yield actions.overdue_table(tables["ledger"], names)
    yield actions.pressing_table(tables["ledger"].assign(light="red"), names)
    policy, measures = content.policy, tables["consequences"].assign(is_current=True, basis="annual")
    rules, states = policy.consequences, tables["annual_states"]
    yield measures_table(measures, states, rules, policy.grading, names, content.edition.published)
    yield actions.repeat_table(tables["ledger"].assign(is_repeated=True), names)
    yield consequence_table(tables["consequences"], content.policy.grading, names)
    yield actions.close_off_table(tables["ledger"], names)
    yield bulletin.title(content.policy) + imprint(content.policy, content.edition)
    yield bulletin.banners(content.policy, content.edition, content.units.assign(is_provisional=True), names)
    yield quality_table(sheets, problems.assign(action="corrected"))
    periods = pd.DataFrame({"unit_id": content.units["unit_id"], "until": "2026-11-06"})
    yield banner(bulletin.how_to_object(content.policy, content.edition, periods, content.names))


def feedback(content):
    return {f"feedback/{unit_id}": feedback_body(content, unit_id) for unit_id in SHOWN}


@cache
def pages(place: int | None) -> dict[str, str]:
    """Every kind of page with the texts of one chunk, or with harmless ones."""
    given = harmless(CHUNKS[0]) if place is None else CHUNKS[place]
    content = content_with(given)
    bodies = {"offices": office_body(content, "0" * 64), "public": public_body(content), **feedback(content)}
    bodies["notebook"] = "\n".join(notebook_pieces(content, given))
    links = [PageLink("x.html", text) for text in given]
    revision = RevisionEntry("r0001", "draft", "update", "2026-10-31", "0.1.0", "abc", ())
    entry = MonthEntry(PERIOD, (revision,))
    bodies["index"] = audience_index(content.policy.district, entry, "technical", links, content.names)
    bodies["method"] = method_body(renamed_book(given))
    found = {name: without_fonts(render_page(body)) for name, body in bodies.items()}
    return found | {"province": province(given)}


def renamed_book(given: list[str]):
    book = load_policy(ROOT)
    policy = rename(POLICY, given)
    units = book.units.model_copy(update={"units": policy.units})
    indicators = book.indicators.model_copy(update={"indicators": policy.indicators})
    return replace(book, district=policy.district, units=units, indicators=indicators)


def province(given: list[str]) -> str:
    results = [
        DistrictResult(
            f"d{n}", text, PERIOD, ("built", "failed")[n % 2], error=text, is_synthetic=True, mean=80.0,
            revision="r0001", indicators={"common-01": 80.0},
            differences=(RuleDifference("tiers.yml", text, given[n - 1], given[n - 2]),),
        )
        for n, text in enumerate(given)
    ]  # fmt: skip
    named = {"common-01": given[0], "excellent": given[1], "daily.short": given[2]}
    reference = Reference("d0", {}, {}, Names(named, ["daily"], ["excellent"]))
    return without_fonts(render_province(given[5], PERIOD, results, reference))


@pytest.mark.parametrize("place", range(len(CHUNKS)))
def test_a_page_has_the_same_tags_attributes_and_links_whatever_its_texts_are(place):
    plain, hostile = pages(None), pages(place)
    assert [name for name in plain if skeleton(plain[name]) != skeleton(hostile[name])] == []


def test_the_strings_stand_on_the_pages_as_they_are():
    page = shown_text(pages(0)["notebook"])
    assert all(text in page for text in HOSTILE[:20])


def cells_of(workbook: bytes):
    for sheet in openpyxl.load_workbook(io.BytesIO(workbook)):
        yield from (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)


def looks_like_formula(text: str) -> bool:
    return text.lstrip()[:1] in tuple("=+-@＝＋－＠") and bool(text.strip("+-=@＝＋－＠ "))


@pytest.mark.parametrize("place", range(len(CHUNKS)))
def test_no_cell_of_the_offices_workbook_is_a_formula_a_link_or_an_error(place):
    cells = list(cells_of(office_workbook(content_with(CHUNKS[place]), "")))
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell.value for cell in cells if cell.hyperlink]
    told = [cell for cell in cells if cell.data_type == "s"]
    assert not [cell.value for cell in told if looks_like_formula(cell.value) and not cell.quotePrefix]


def test_no_cell_of_the_problems_that_go_back_is_a_formula(tmp_path):
    problems = spread(
        filled("problems", len(HOSTILE), action="blocking", office="财政局"),
        ["file", "sheet", "cell", "message"],
        HOSTILE,
    )
    (path,) = write_problem_workbooks(CleanMonth("2026-10", {"problems": problems}), tmp_path)
    cells = list(cells_of(path.read_bytes()))
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if looks_like_formula(cell.value) and not cell.quotePrefix]


def test_names_of_offices_lead_no_file_out_of_the_folder(tmp_path):
    offices = [*MARKUP, *FORMULAS, *CONTROLS, "../x", "..", ".", "/etc/x", "C:\\x", "a" * 60]
    offices = [text for text in offices if len(text) <= 60]
    problems = spread(filled("problems", len(offices), action="blocking"), ["office", "message"], offices)
    for path in write_problem_workbooks(CleanMonth("2026-10", {"problems": problems}), tmp_path / "out"):
        assert path.resolve().parent == (tmp_path / "out").resolve()
        assert not any(map(is_unseen, path.name))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_no_field_of_open_data_is_a_formula_and_each_stays_one_field():
    frame = pd.DataFrame({"name": HOSTILE, "score": 1.0, "state": HOSTILE[::-1]})
    rows = list(csv.reader(io.StringIO(to_csv(frame))))
    assert [len(row) for row in rows] == [3] * (len(HOSTILE) + 1)
    # A spreadsheet begins a new row at a bare carriage return too.
    lines = [line for line in to_csv(frame).replace("\r", "\n").split("\n") if line]
    assert len(lines) == len(HOSTILE) + 1
    assert not [field for row in rows for field in row if field.lstrip()[:1] in tuple("=+-@＝＋－＠")]


def test_what_is_printed_moves_no_cursor_colours_nothing_and_has_no_markup():
    stream = io.StringIO()
    console = PlainConsole(file=stream, force_terminal=True, soft_wrap=True)
    for text in HOSTILE:
        console.print(text)
    assert not [letter for letter in stream.getvalue() if is_unseen(letter) and letter != "\n"]
    assert "[red]甲[/red][/] [link=//example.org]乙[/link]" in stream.getvalue()


@pytest.mark.parametrize("text", [text for text in HOSTILE if any(map(is_unseen, text.strip()))])
def test_rules_refuse_a_name_with_unseen_characters(text):
    with pytest.raises(ValidationError, match=r"no reader sees|at most 120"):
        TypeAdapter(Name).validate_python(text)


@pytest.mark.parametrize("text", [*MARKUP, *TEMPLATES, *FORMULAS, *CONTROLS, *NAUGHTY[::9]])
def test_a_chart_draws_text_as_text(text):
    use_theme()
    figure = Figure(figsize=(3, 1))
    figure.text(0, 0.5, text)
    page = without_fonts(render_page(figure_html(figure_svg(figure), alt=text, caption=text)))
    assert {tag for tag, _ in skeleton(page)} <= PAGE_TAGS | CHART_TAGS


@pytest.mark.parametrize("place", range(len(CHUNKS)))
def test_standings_and_what_changed_keep_their_tags(place):
    content = content_with(CHUNKS[place])
    units = content.units
    body = bulletin.compare_revisions(units.assign(total=1.0), units, content.policy.grading, content.names)
    periods = pd.DataFrame({"unit_id": units["unit_id"], "until": "2026-11-06"})
    body += bulletin.next_steps(
        content.policy, content.edition, [Task("measures", date(2026, 11, 6), SHOWN[0])], periods, content.names
    )
    assert {tag for tag, _ in skeleton(str(body))} <= {
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "p",
    }
