"""The two READMEs say the same, and what they and the docs name exists."""

import re
from pathlib import Path

import pytest
import typer
import yaml

from analysis.intake.objections import Objections
from analysis.intake.register import Corrections
from analysis.policy.load import validate
from analysis.run.commands.main import app

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
GUIDES = ("docs/operations.md", "docs/operations.zh.md")
each_pair = pytest.mark.parametrize("pair", [READMES, GUIDES], ids=lambda pair: pair[0])
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*(ROOT / name for name in READMES), *DOCS]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands_of(text: str) -> list[str]:
    """The lines of all code blocks, without their comments."""
    lines = [line.split("#")[0].strip() for _, block in FENCE.findall(text) for line in block.splitlines()]
    return [line for line in lines if line]


def prose_of(text: str) -> str:
    return FENCE.sub("", text)


def heading_levels(text: str) -> list[int]:
    return [len(mark) for mark in re.findall(r"^(#+) ", prose_of(text), re.MULTILINE)]


def code_of(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", prose_of(text))


def links_of(text: str) -> list[str]:
    return re.findall(r"\]\(([^)#]+)", prose_of(text))


@each_pair
def test_both_languages_give_the_same_commands_in_the_same_order(pair):
    english, chinese = (commands_of(read(name)) for name in pair)
    assert english == chinese
    assert len(english) > 8


@each_pair
def test_both_languages_have_the_same_headings_tables_and_lists(pair):
    english, chinese = (read(name) for name in pair)
    assert heading_levels(english) == heading_levels(chinese)
    for mark in (r"^\|", r"^- ", r"^\d\. "):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, chinese, re.MULTILINE)), mark


@each_pair
def test_both_languages_name_the_same_commands_files_and_options(pair):
    english, chinese = (sorted(set(filter(str.isascii, code_of(read(name))))) for name in pair)
    assert english == chinese


@each_pair
def test_both_languages_link_to_the_same_pages_and_to_each_other(pair):
    english, chinese = (set(links_of(read(name))) for name in pair)
    one, other = (Path(name).name for name in pair)
    assert english - {other} == chinese - {one}
    assert other in english
    assert one in chinese


@pytest.mark.parametrize("number", [r"160", r"44", r"97", r"0\.7", r"3\.11", r"23"])
def test_both_readmes_state_the_same_figures(number: str):
    english, chinese = (len(re.findall(rf"(?<![\d.]){number}(?![\d.])", read(name))) for name in READMES)
    assert english == chinese > 0


@each_page
def test_every_link_leads_to_a_file(page: Path):
    broken = [link for link in links_of(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not broken


@each_page
def test_every_parameter_file_and_folder_that_is_named_exists(page: Path):
    named = [code for code in code_of(page.read_text("utf-8")) if re.match(r"(params|src|tests|notebooks|docs)/", code)]
    missing = [place for place in named if "<" not in place and not list(ROOT.glob(place.rstrip("/")))]
    assert not missing


@each_page
def test_every_command_that_is_named_exists(page: Path):
    text = page.read_text("utf-8")
    commands = typer.main.get_command(app).commands
    told = "\n".join([*commands_of(text), *code_of(text)])
    called = set(re.findall(r"(?<![\w.])(?<!from )(?<!-n )analysis ([a-z]+)(?= |`|$)", told))
    assert called <= set(commands)
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?<![\w-])make ([a-z-]+)", told)) <= targets


def test_examples_of_corrections_and_objections_are_what_the_program_reads():
    blocks = [yaml.safe_load(block) for kind, block in FENCE.findall(read("docs/operations.md")) if kind == "yaml"]
    for block in blocks:
        model = Objections if "objections" in block else Corrections
        assert validate("operations.md", block, model)
    assert {key for block in blocks for key in block} == {"corrections", "accept", "objections"}


def test_readme_leads_to_every_page_of_the_docs():
    reached, wanted = set(), {"README.md"}
    while wanted - reached:
        name = sorted(wanted - reached)[0]
        reached.add(name)
        folder = (ROOT / name).parent
        links = [link for link in links_of(read(name)) if link.endswith(".md")]
        wanted |= {(folder / link).resolve().relative_to(ROOT).as_posix() for link in links}
    assert {path.relative_to(ROOT).as_posix() for path in DOCS} <= reached


def test_readmes_name_every_parameter_file():
    for name in READMES:
        named = set(re.findall(r"params/(\w+)\.yml", read(name)))
        assert {path.stem for path in (ROOT / "params").glob("*.yml")} - {"district"} <= named | {"units"}
