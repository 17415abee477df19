"""A month whose names, remarks, matters, tasks and files are hostile, run as any other: nothing in it comes alive."""

import json
import os
import re
from itertools import cycle
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.names import normalise_name
from analysis.policy.visible import is_unseen
from analysis.report.coverage import POSTS
from analysis.run.commands.main import app
from analysis.run.forms.start import write_forms
from analysis.run.month import new_month
from analysis.run.pipeline import run_month

from ..conftest import copy_root
from ..report.hostile import FORMULAS, HOSTILE, MARKUP, TEMPLATES, attributes, skeleton

pytestmark = pytest.mark.slow
PERIOD = "2023-02"
UNIT = r"[DT]\d\d"
FREE_TEXT = ("任务", "来源", "问题", "原因", "依据文号")
# A workbook holds neither controls nor what XML has no place for, but its own escapes of them.
IN_CELLS = [text for text in HOSTILE if re.fullmatch("[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", text)]
IN_CELLS += ["_x001B_[31m红", "_xD800_", "_x0000_"]
ENDINGS = {".xlsx", ".csv", ".parquet"}
LIVE_TAGS = {"script", "iframe", "img", "a", "form", "link", "meta", "base", "object", "embed", "input", "style"}


def visible_names(texts) -> list[str]:
    """The texts that `params/` takes for names, each once as names are compared."""
    fit = [text for text in texts if len(text.strip()) <= 60 and not any(map(is_unseen, text.strip()))]
    return list({normalise_name(text): text for text in fit if normalise_name(text)}.values())


def rename(root: Path, kind: str, given: list[str]) -> None:
    """Give the first `units` or `matters` of params/ these names, and make their old ones aliases."""
    path = root / "params" / {"units": "units.yml", "matters": "duties.yml"}[kind]
    content = yaml.safe_load(path.read_text("utf-8"))
    for entry, name in zip(content[kind], given, strict=False):
        entry["aliases"], entry["name"] = [*entry.get("aliases", []), entry["name"]], name
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def fill_workbook(path: Path, texts) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book:
        columns = {c.column for row in sheet.iter_rows(3, 4) for c in row if c.value in FREE_TEXT}
        for row in sheet.iter_rows(5):
            for cell in row:
                if cell.column in columns and isinstance(cell.value, str):
                    cell.value, cell.data_type = next(texts), "s"
    book.save(path)


def fill_tickets(path: Path, texts) -> None:
    tickets = pd.read_parquet(path)
    loud = [next(texts) for _ in range(300)]
    tickets.loc[: len(loud) - 1, "事项"] = loud
    tickets.loc[300:339, "事项"] = MARKUP[0]  # enough tickets of one matter to be told of
    tickets.to_parquet(path, index=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """The month, published."""
    root = copy_root(tmp_path_factory.mktemp("hostile"), ["2023-01", PERIOD])
    names = visible_names([*MARKUP, *TEMPLATES, *FORMULAS, *HOSTILE])
    rename(root, "units", names)
    rename(root, "matters", names[90:])
    texts = cycle(IN_CELLS)
    raw = root / "data" / "raw" / PERIOD
    for path in sorted(raw.glob("*.xlsx")):
        fill_workbook(path, texts)
    fill_tickets(next(raw.glob("工单*.parquet")), cycle(HOSTILE))
    # A file whose name holds a control character is refused by its name.
    files = [text.replace("/", "／") for text in [*MARKUP, *FORMULAS] if len(text) < 60]
    files = [text for text in files if not re.search("[\0-\x1f\x7f-\x9f\u2028\u2029]", text)]
    for path, name in zip(sorted(raw.iterdir()), files, strict=False):
        path.rename(raw / f"{name}{path.suffix}")
    for name in files[len(ENDINGS) :]:
        (raw / f"{name}.pdf").write_bytes(b"%PDF-1.4")
    run_month(new_month(root, load_policy(root), PERIOD))
    return root


def kinds(pages) -> set[tuple]:
    """Every tag with an attribute, and every link and load, of these pages."""
    found = set()
    for page in pages:
        for tag, told in page:
            found.add((tag, ""))
            if tag == "declaration":
                continue
            found |= {(tag, name) for name, _ in told}
            found |= {
                (tag, name, re.sub(rf"{UNIT}(_[^/#]*\.html)?", "*", value))
                for name, value in told
                if name in ("href", "src")
            }
    return found


def pages_of(root: Path) -> dict[str, Path]:
    """The pages by their paths, those of units without their names, which differ."""
    folder = root / "reports"
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.html"))}
    return {re.sub(rf"({UNIT})_[^/]*\.html$", r"\1.html", name): path for name, path in paths.items()}


def test_the_pages_have_no_tag_attribute_link_or_load_that_harmless_ones_lack(root, district):
    plain, hostile = pages_of(district), pages_of(root)
    assert set(hostile) == set(plain)
    known = kinds(skeleton(path.read_text("utf-8")) for path in plain.values())
    found = kinds(skeleton(path.read_text("utf-8")) for path in hostile.values())
    assert found - known == set()


def test_the_strings_reached_the_pages(root):
    text = "".join(path.read_text("utf-8") for path in pages_of(root).values())
    assert text.count("window.ran") > 500
    assert "&lt;script&gt;window.ran = 1&lt;/script&gt;" in text
    assert "<script>window.ran" not in text


def test_executed_notebooks_hold_no_live_tag_either(root):
    for path in sorted((root / "data/processed" / PERIOD).glob("r0001/notebooks/*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                shown = "".join(output.get("data", {}).get("text/html", ""))
                shown = shown.replace(f'<a href="{POSTS}">', "")  # the bulletin's own way to the page on posts
                assert not [
                    tag for tag, _ in skeleton(shown) if tag in ("script", "iframe", "img", "a", "form", "link")
                ]


def test_no_field_of_the_open_data_is_a_formula(root):
    for path in (root / "reports/public/open-data").rglob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        texts = [value for row in table.to_numpy() for value in row if not re.fullmatch(r"-?[\d.]+", value)]
        assert not [value for value in texts if value.lstrip()[:1] in ("=", "+", "-", "@")]


def test_forms_made_of_hostile_names_hold_no_formula(root, tmp_path):
    for path in write_forms(root, PERIOD, tmp_path / "forms"):
        if path.suffix == ".xlsx":
            cells = [c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row]
            assert not [cell.value for cell in cells if cell.data_type in ("f", "e") or cell.hyperlink]


@pytest.mark.parametrize("command", [["explain", PERIOD, "D03"], ["check", PERIOD, "--send-back", "back"]])
def test_commands_print_no_control(root, tmp_path, command):
    told = CliRunner().invoke(app, [*command[:-1], str(tmp_path / "back") if "back" in command else command[-1],
                                    "--root", str(root)])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert len(told.output) > 1000
    assert not [letter for letter in told.output if is_unseen(letter) and letter != "\n"]


def test_a_file_name_of_another_encoding_is_refused_by_name(tmp_path):
    root = copy_root(tmp_path, ["2023-01"])
    os.link(next((root / "data/raw/2023-01").glob("*.csv")), os.fsencode(root / "data/raw/2023-01") + b"/\xd7\xdc.csv")
    told = CliRunner().invoke(app, ["check", "2023-01", "--root", str(root)])
    assert told.exit_code == 1
    assert "《总.csv》" in told.output
    assert "文件名不是 UTF-8 编码" in told.output


def test_a_name_with_an_unseen_character_is_refused_by_name(tmp_path):
    root = copy_root(tmp_path, [])
    rename(root, "units", ["区委\u202e办公室"])
    with pytest.raises(PolicyError, match=r"units\.yml: .*units\.1\.name \(id D01\).*U\+202E"):
        load_policy(root)


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    ["index.html", f"{PERIOD}/bulletin.html", f"{PERIOD}/technical/*.html", f"{PERIOD}/offices/index.html",
     f"{PERIOD}/public/index.html", f"{PERIOD}/feedback/D0*.html", "public/*.html"],
)  # fmt: skip
def test_a_browser_finds_nothing_alive(root, district, browser, name):
    seen = {}
    for place in (district, root):
        seen[place] = set()
        for path in sorted((place / "reports").glob(name)):
            page = browser.new_page()
            noise = []
            page.on("request", lambda request, noise=noise: noise.append(request.url))
            page.on("console", lambda message, noise=noise: noise.append(message.text))
            page.on("dialog", lambda dialog, noise=noise: noise.append(dialog.message))
            page.goto(path.as_uri())
            assert noise == [path.as_uri()]
            assert page.evaluate("window.ran") is None
            nodes = page.evaluate(
                "[...document.querySelectorAll('*')].map(e => "
                "[e.tagName.toLowerCase(), [...e.attributes].map(a => [a.name.toLowerCase(), a.value])])"
            )
            seen[place] |= kinds([[(tag, attributes(told)) for tag, told in nodes]])
            page.close()
    assert seen[root] - seen[district] == set()
