"""Raw files never change: what is corrected or accepted is named, and one that no longer fits fails loudly."""

import pytest

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
