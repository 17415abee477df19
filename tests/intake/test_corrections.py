"""Raw files never change: what is corrected or accepted is named, and one that no longer fits fails loudly."""

import pytest
import yaml

from analysis.intake.corrections import add_entry, restore
from analysis.intake.register import Corrections, load_corrections
from analysis.policy.errors import DataError

ROWS = [
    ["单位", "“三定”规定落实", "机构编制纪律"],
    ["区委办公室", 908, 0],
    ["区发展和改革局", "#N/A", 1],
    ["区社会保险事业中心", None, 0],
    ["枫桥街道", 93, 0],
]
FIRST = {"file": "评分.xlsx", "cell": "B2", "expect": 908, "value": 90.8}


@pytest.fixture
def scored(district):
    district.write("评分.xlsx", ROWS)
    return district


def value_of(clean, unit, indicator="common-01"):
    found = clean.tables["measurements"].set_index(["unit_id", "indicator_id"]).loc[(unit, indicator)]
    return found["value"] if found["status"] == "ok" else found["status"]


def at_cell(clean, cell):
    return clean.problems[clean.problems["cell"] == cell]


def test_correction_puts_the_new_value_in_place_and_is_counted(scored):
    raw = (scored.folder / "评分.xlsx").read_bytes()
    scored.write_corrections(corrections=[FIRST])
    clean = scored.clean()

    assert value_of(clean, "D01") == 90.8
    (problem,) = at_cell(clean, "B2").to_dict("records")
    assert (problem["code"], problem["action"], problem["is_blocking"]) == ("corrected", "corrected", False)
    assert "“908”" in problem["message"]
    assert "“90.8”" in problem["message"]
    assert "澄编办函〔2026〕1号" in problem["message"]
    assert (scored.folder / "评分.xlsx").read_bytes() == raw


def test_lineage_of_a_corrected_cell_keeps_what_was_delivered(scored):
    scored.write_corrections(corrections=[FIRST])
    lineage = scored.clean().tables["lineage"]
    rows = lineage[lineage["measurement_id"] == "2026-10/D01/common-01"].set_index("role")["raw"]
    assert rows.to_dict() == {"value": "908", "value corrected": "90.8"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (FIRST | {"expect": "907"}, ["评分.xlsx", "B2", "'907'", "'908'"]),
        (FIRST | {"cell": "B9"}, ["评分.xlsx", "B9", "'908'", "''"]),
        (FIRST | {"file": "别的.xlsx"}, ["别的.xlsx"]),
        (FIRST | {"sheet": "表2"}, ["评分.xlsx", "表2"]),
        (FIRST | {"cell": "二行"}, ["corrections.1.cell", "二行"]),
        ({key: value for key, value in FIRST.items() if key != "expect"}, ["corrections.1.expect"]),
        (FIRST | {"who": ""}, ["corrections.1.who"]),
    ],
)
def test_correction_that_does_not_fit_fails_loudly(scored, entry, words):
    scored.write_corrections(corrections=[entry])
    with pytest.raises(DataError) as caught:
        scored.clean()
    assert not [word for word in ["corrections.yml", *words] if word not in str(caught.value)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("corrections:\n  - date: 2026-11-31\n", "line 2: found '2026-11-31'; there is no such date or number"),
        ("corrections:\n  - expect: " + "9" * 5000, "line 2: found '9999"),
        ("corrections: " + "[" * 100_000, "line 1: more than 50 levels"),
        ("corrections：[]\n", "line 1: (top): found 'corrections：[]'; a mapping of `key: value` is needed"),
        ("corrections:\n\t- a\n", "line 2: not valid YAML"),
    ],
)
def test_a_file_of_corrections_that_cannot_be_read_is_named_with_the_line(scored, text, told):
    (scored.folder / "corrections.yml").write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        scored.clean()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{scored.period}/corrections.yml: {told}")


def test_an_empty_file_of_corrections_corrects_nothing(scored):
    (scored.folder / "corrections.yml").write_text("# nothing yet\n", "utf-8")
    assert load_corrections(scored.folder) == Corrections()


def test_one_cell_is_corrected_once(scored):
    scored.write_corrections(corrections=[FIRST, FIRST | {"expect": "90.8", "value": 91}])
    with pytest.raises(DataError, match="twice"):
        scored.clean()


def test_error_value_and_blank_cell_can_be_corrected(scored):
    scored.write_corrections(
        corrections=[
            {"file": "评分.xlsx", "sheet": "Sheet1", "cell": "B3", "expect": "#N/A", "value": 91},
            {"file": "评分.xlsx", "cell": "B4", "expect": "", "value": "/"},
        ]
    )
    clean = scored.clean()
    assert value_of(clean, "D21") == 91
    assert value_of(clean, "D45") == "not_applicable"


def test_accepted_cell_is_excluded_and_shown(scored):
    scored.write_corrections(accept=[{"file": "评分.xlsx", "cell": "B3"}])
    clean = scored.clean()
    assert value_of(clean, "D21") == "accepted"
    (problem,) = at_cell(clean, "B3").to_dict("records")
    assert (problem["code"], problem["action"], problem["is_blocking"]) == ("error-value", "accepted", False)
    assert "经核实" in problem["message"]


def test_accepted_pair_and_delivery_no_longer_block(scored):
    scored.write_corrections(
        accept=[
            {"file": "评分.xlsx", "cell": "B2"},
            {"file": "评分.xlsx", "cell": "B3"},
            {"unit": "D45", "indicator": "common-01"},
            *({"delivery": name} for name in ("info-system", "key-work", "ledger", "tickets")),
        ]
    )
    clean = scored.clean()
    blocking = clean.problems[clean.problems["is_blocking"]]
    # The columns of this sheet's own delivery that were never sent still block.
    assert set(blocking["code"]) == {"missing-label"}
    assert value_of(clean, "D45") == "accepted"
    assert value_of(clean, "T01", "common-06") == "accepted"
    assert value_of(clean, "T01", "common-10") == "accepted"


@pytest.mark.parametrize(
    "entry",
    [
        {"file": "评分.xlsx", "cell": "B5"},
        {"unit": "T01", "indicator": "common-01"},
        {"delivery": "inspections"},
    ],
)
def test_accepting_what_does_not_block_fails_loudly(scored, entry):
    scored.write_corrections(accept=[entry])
    with pytest.raises(DataError, match="nothing that blocks"):
        scored.clean()


@pytest.mark.parametrize("entry", [{"unit": "T01"}, {"file": "评分.xlsx"}, {}, {"delivery": "ledger", "unit": "T01"}])
def test_acceptance_names_exactly_one_thing(scored, entry):
    scored.write_corrections(accept=[entry])
    with pytest.raises(DataError, match="name either"):
        scored.clean()


COUNTS = [
    [
        "单位",
        "在编人数",
        "应填报人日",
        "实填报人日",
        "应审阅件数",
        "已审阅件数",
        "工作量",
        "职责事项数",
        "已履行职责数",
    ],
    ["区委办公室", 0, 1000, 900, 10, 10, 400, 30, 30],
    ["区发展和改革局", 20, 1000, 900, 10, 10, 400, 30, 30],
]


@pytest.mark.parametrize("place", [{"file": "导出.csv", "cell": "B2"}, {"unit": "区委办", "indicator": "工作量比"}])
def test_a_zero_that_is_right_settles_its_cell_and_makes_nothing_provisional(district, place):
    district.write("导出.csv", COUNTS)
    district.write_corrections(accept=[place | {"as": "value"}])
    clean = district.clean()
    assert value_of(clean, "D01", "common-08") == "not_applicable"
    assert value_of(clean, "D01", "common-06") == 0.9
    (note,) = clean.problems[clean.problems["code"] == "accepted-value"].to_dict("records")
    assert (note["cell"], note["is_blocking"]) == ("B2", False)


def test_a_zero_accepted_as_a_gap_is_excluded(district):
    district.write("导出.csv", COUNTS)
    district.write_corrections(accept=[{"unit": "D01", "indicator": "common-08", "as": "gap"}])
    assert value_of(district.clean(), "D01", "common-08") == "accepted"


def test_names_are_as_good_as_ids(scored):
    scored.write_corrections(accept=[{"unit": "区社会保险事业中心", "indicator": "“三定”规定 落实"}])
    assert value_of(scored.clean(), "D45") == "accepted"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"unit": "区社保事业中心", "indicator": "common-01"}, ["区社会保险事业中心", "params/units.yml"]),
        ({"unit": "D45", "indicator": "三定规定的落实"}, ["三定", "params/indicators.yml"]),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_and_where_names_stand(scored, entry, words):
    scored.write_corrections(accept=[entry])
    with pytest.raises(DataError) as caught:
        scored.clean()
    assert not [word for word in words if word not in str(caught.value)]


def test_what_blocks_is_printed_ready_to_paste(scored):
    entries = [yaml.safe_load(line.partition(": - ")[2]) for line in scored.clean().entries]
    signed = {"reason": "经核实", "who": "张三", "document": "〔2026〕1号", "date": "2026-11-01"}
    for entry in entries:
        add_entry(scored.folder, "accept", entry | signed)
    assert not [m for m in scored.clean().problems.query("is_blocking")["code"] if m != "missing-label"]


def test_an_entry_is_added_and_what_stands_in_the_file_stays(scored):
    path = scored.folder / "corrections.yml"
    first = "{delivery: ledger, reason: a, who: b, document: c, date: 2026-11-01}"
    path.write_text(f"# 备注\naccept:\n    # 先前\n    - {first}\n", "utf-8")
    entry = {"delivery": "tickets", "reason": "a", "who": "b", "document": "c", "date": "2026-11-01"}
    before = add_entry(scored.folder, "accept", entry)
    assert len(load_corrections(scored.folder).accept) == 2
    assert "# 备注" in path.read_text("utf-8") and "# 先前" in path.read_text("utf-8")
    restore(scored.folder, before)
    assert path.read_text("utf-8") == before


@pytest.mark.parametrize(
    "content", ["accept: [{delivery: ledger, date: 2026-11-31}]", "a: " + "9" * 5000, "[" * 5000, "accept: {"]
)
def test_a_file_of_corrections_that_is_no_such_file_names_itself(scored, content):
    (scored.folder / "corrections.yml").write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"corrections\.yml"):
        scored.clean()
