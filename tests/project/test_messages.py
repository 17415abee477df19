"""What the project says: every message and every help in Chinese, in plain words, from a catalogue that is whole."""

import ast
import inspect
import re
import string
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from openpyxl import Workbook

from analysis.policy.messages import choose_language, say
from analysis.run.commands import main as cli

from ..conftest import copy_root

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "analysis"
CATALOGUE = PACKAGE / "locale" / "zh" / "LC_MESSAGES" / "analysis.po"
# Rooms and folders whose errors and prints all go through `say`.
SPOKEN = ("policy", "intake", "scoring", "insight", "action", "report", "run")
FILES = [path for room in SPOKEN for path in sorted((PACKAGE / room).rglob("*.py"))]
ERRORS = {
    "DataError",
    "PolicyError",
    "UsageError",
    "UnreadableFile",
    "NotebookFailed",
    "ValueError",
    "RuntimeError",
    "refuse",
}
CHINESE = re.compile("[一-鿿：]")
WORDS = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")


def read_catalogue() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file) if entry.id}


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def find_said(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what `say` and `mark` are given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in ("say", "mark"):
            yield node.args[0]


def find_unsaid(node: ast.AST) -> Iterator[str]:
    """Yield English words below a node that do not go through `say`."""
    if isinstance(node, ast.Call) and name_of(node) in ("say", "mark"):
        return
    if isinstance(node, ast.Constant | ast.JoinedStr):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(p.value if isinstance(p, ast.Constant) and isinstance(p.value, str) else "{}" for p in parts)
        if WORDS.search(text) and not CHINESE.search(text):
            yield text
    inner = [p for p in node.values if isinstance(p, ast.FormattedValue)] if isinstance(node, ast.JoinedStr) else None
    for child in ast.iter_child_nodes(node) if inner is None else inner:
        yield from find_unsaid(child)


def walk_commands(command=None, name: tuple = ()) -> Iterator[tuple[tuple, object]]:
    from analysis.sample.command import sample

    if command is None:
        if not any(each.callback is sample for each in cli.app.registered_commands):
            cli.app.command()(sample)
        command = typer.main.get_command(cli.app)
    yield name, command
    for each, below in getattr(command, "commands", {}).items():
        yield from walk_commands(below, (*name, each))


def list_helps() -> set[str]:
    helps = set()
    for _, command in walk_commands():
        helps |= {inspect.cleandoc(command.help), *(each.help for each in command.params)}
        helps |= {each.show_default for each in command.params if isinstance(each.show_default, str)}
    return helps


def list_messages() -> set[str]:
    said = [each for path in PACKAGE.rglob("*.py") for each in find_said(ast.parse(path.read_text("utf-8")))]
    return {each.value for each in said if isinstance(each, ast.Constant)} | list_helps()


def fields_of(message: str) -> set[str]:
    """The named fields of a message; one that is never filled in may hold a brace."""
    try:
        return {field.partition(".")[0] for _, field, _, _ in string.Formatter().parse(message) if field}
    except ValueError:
        return set()


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv("ANALYSIS_LANGUAGE", "zh")


def call(capsys, monkeypatch, *arguments) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["analysis", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    return end.value.code or 0, printed.out + printed.err


def test_every_message_and_help_has_an_entry_and_none_is_left_over():
    messages, entries = list_messages(), read_catalogue()
    assert not {each for each in messages if not entries.get(each)}, "add them to analysis.po, then: make messages"
    assert not entries.keys() - messages, "remove them from analysis.po, then: make messages"


def test_every_entry_is_chinese_and_keeps_the_fields():
    for message, entry in read_catalogue().items():
        assert CHINESE.search(entry), message
        assert fields_of(entry) == fields_of(message), message


def test_the_compiled_catalogue_is_that_of_the_source():
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    assert compiled == read_catalogue(), "run: make messages"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_errors_and_prints_go_through_the_catalogue(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and name_of(node) in (*ERRORS, "print"):
            assert not list(find_unsaid(node)), f"line {node.lineno}: write say(…)"
        if isinstance(node, ast.Yield) and node.value is not None:
            assert not list(find_unsaid(node.value)), f"line {node.lineno}: write say(…)"


def test_an_unsaid_message_is_found():
    (call,) = [n for n in ast.walk(ast.parse('raise DataError(f"{x}: no such file")')) if isinstance(n, ast.Call)]
    assert list(find_unsaid(call)) == ["{}: no such file"]


@pytest.mark.parametrize("name", [name for name, _ in walk_commands()], ids=lambda name: " ".join(name) or "analysis")
def test_every_help_is_chinese(capsys, monkeypatch, chinese, name):
    code, told = call(capsys, monkeypatch, *name, "--help")
    assert code == 0
    assert not re.search("Traceback|Usage|Options|required|default", told)
    assert told.startswith(f"用法：analysis {' '.join(name)}".strip())
    columns = [line for line in told.splitlines() if re.match(r"(--)?\w[\w-]* {2,}\S", line)]
    assert columns
    assert not [line for line in columns if not CHINESE.search(line)]
    assert CHINESE.search(told.splitlines()[2])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["runn"], "没有“runn”命令"),
        (["run"], "缺少参数“period”"),
        (["run", "2023-01", "--pfd"], "没有 --pfd 选项（可用的有：--pdf）"),
        (["run", "2023-01", "--nothing"], "没有 --nothing 选项"),
        (["run", "2023-01", "--as-of"], "选项“--as-of”后面须写内容"),
        (["start", "2023-01", "2023-02"], "多出的参数（2023-02）"),
        (["finalise", "two"], "years 的值无法读取"),
        (["fleet", "list.yml", "--period", "2023-01", "--workers", "two"], "--workers 的值无法读取"),
        (["draw", "draw", "folder", "--numbers", "1", "--on", "today"], "--on 的值无法读取"),
        (["draw", "hold"], "没有“hold”命令"),
        (["init", "there"], "缺少选项“--units”"),
        (["check", "2023-1"], "“2023-1”不是月份"),
    ],
)
def test_wrong_usage_is_told_in_chinese(capsys, monkeypatch, chinese, arguments, told):
    code, printed = call(capsys, monkeypatch, *arguments, *(["--root", str(ROOT)] if arguments[0] == "check" else []))
    assert code == 2
    assert told in printed
    assert not re.search("Traceback|Usage|Error|[Ii]nput should|Invalid", printed)


@pytest.mark.parametrize(
    ("district", "chosen", "environment", "said"),
    [
        ("name: 区\n", "", "en_GB.UTF-8", "列表"),
        ("language: en\n", "", "zh_CN.UTF-8", "a list"),
        ('language: "en"\nname: [', "", "zh_CN.UTF-8", "a list"),
        ("language: en\n", "zh", "C", "列表"),
        (None, "", "zh_CN.UTF-8", "列表"),
        (None, "", "C", "a list"),
        (None, "en", "zh_CN.UTF-8", "a list"),
    ],
)
def test_the_district_chooses_the_language_before_its_rules_are_read(
    tmp_path, monkeypatch, district, chosen, environment, said
):
    for name, value in {"ANALYSIS_LANGUAGE": chosen, "LANGUAGE": "", "LC_ALL": "", "LANG": environment}.items():
        monkeypatch.setenv(name, value)
    if district is not None:
        (tmp_path / "params").mkdir()
        (tmp_path / "params" / "district.yml").write_text(district, "utf-8")
    choose_language(tmp_path)
    assert say("a list") == said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: 区\n\toffice: 办\n", "第2行：不是规范的 YAML：条目开头是制表符"),
        ("name: 区\noffice：办\nstart: 2023-01\n", "第2行：不是规范的 YAML：键后面没有半角冒号和空格（全角“：”不算）"),
        ("copied_offices: [甲, 乙\nname: 区\n", "第1行：不是规范的 YAML：方括号 [ 没有闭合"),
        ("name: '区\noffice: 办\n", "第1行：不是规范的 YAML：引号没有闭合"),
        ("name：区\n", "须为若干行“键: 值”：用半角冒号加空格，不用全角“：”"),
        ("name: 区\nname: 县\n", "第2行：键“name”出现两次"),
        ("name: 5\n", "第1行：name：填的是 5；须为文字"),
        ("copied_offices: [甲, 5]\n", "第1行：copied_offices.2：填的是 5；须为文字"),
        ("name: 区\n", "office：缺少这个键；请补上"),
        ("name: 区\nnames: 县\n", "names：填的是 '县'；此文件没有这个键"),
        ("objection: {working_days: 0}\n", "objection.working_days：填的是 0；须大于0"),
        ("start: 2026-13\n", "须为月份"),
        ("language: fr\n", "language：填的是 'fr'；允许的有：'zh', 'en'"),
        ("is_synthetic: ja\n", "is_synthetic：填的是 'ja'；须为 true 或 false"),
        ("start: 2026-02-30\n", "第1行：填的是 '2026-02-30'；没有这样的日期或数"),
    ],
)
def test_a_wrong_rule_is_told_in_chinese(tmp_path, chinese, text, told):
    from analysis.policy.errors import PolicyError
    from analysis.policy.load import load_yaml
    from analysis.policy.models import District

    (tmp_path / "district.yml").write_text(text, "utf-8")
    with pytest.raises(PolicyError) as error:
        load_yaml(tmp_path / "district.yml", District)
    assert told in str(error.value)
    for line in str(error.value).splitlines():
        assert line.startswith("params/district.yml：")
        assert not re.search(r"Field required|[Ii]nput should|instance of|valid|\.0\b", line)


def test_check_tells_every_fault_of_a_month_at_once_in_chinese(tmp_path, capsys, monkeypatch, chinese):
    root = copy_root(tmp_path, ["2023-01"])
    folder = root / "data" / "raw" / "2023-01"
    (folder / "corrections.yml").write_text("accept:\n\t- unit: 区财政局\n", "utf-8")
    book = Workbook()
    for _ in range(256):
        book.create_sheet()
    book.save(folder / "多表.xlsx")
    with zipfile.ZipFile(folder / "旧表.xlsb", "w") as archive:
        target = '<Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.bin"/>'
        archive.writestr("_rels/.rels", f"<Relationships>{target}</Relationships>")
        archive.writestr("xl/workbook.bin", b"")
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04broken")
    code, printed = call(capsys, monkeypatch, "check", "2023-01", "--root", root)
    assert code == 1
    for told in (
        "《多表.xlsx》:文件无法读取:工作表超过256个。请删去空白工作表,或拆分后重报。",
        "《旧表.xlsb》:文件无法读取:是二进制工作簿(.xlsb)。请用表格软件打开并另存为 .xlsx 后重报。",
        "《坏.xlsx》:文件无法读取:文件不完整或已损坏。请重新导出并报送。",
        "2023-01/corrections.yml：第2行：不是规范的 YAML：条目开头是制表符",
        "corrections.yml 已处理的事项仍列在上面",
        "结论:不能发布。",
    ):
        assert told in printed, told
    assert not re.search("Traceback|valid|found", printed)


def test_check_tells_faults_of_rules_and_corrections_together(tmp_path, capsys, monkeypatch, chinese):
    root = copy_root(tmp_path, ["2023-01"])
    (root / "params" / "tickets.yml").write_text("channels: [\n", "utf-8")
    (root / "params" / "watch.yml").write_text("rules:\n  - from：2023-01\n", "utf-8")
    (root / "data" / "raw" / "2023-01" / "corrections.yml").write_text("accept:\n  - {unit: 区财政局}\n", "utf-8")
    code, printed = call(capsys, monkeypatch, "check", "2023-01", "--root", root)
    assert code == 1
    files = dict.fromkeys(line.partition("：")[0] for line in printed.splitlines())
    assert list(files) == ["analysis: params/tickets.yml", "params/watch.yml", "2023-01/corrections.yml"]
    assert "accept.1.reason：缺少这个键；请补上" in printed
    assert not re.search(r"Traceback|Field required|accept\.0", printed)
