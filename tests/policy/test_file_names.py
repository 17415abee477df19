"""What units' pages and folders are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.policy.errors import DataError
from analysis.policy.file_names import safe_name, unit_file
from analysis.policy.visible import is_unseen

IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,31}", fullmatch=True)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@pytest.mark.parametrize("unit_id", ["../D01", "D01/..", "", "D 01", "Ｄ01", "a" * 33, "D01.html/../../x", "-D01"])
def test_a_file_name_cannot_leave_its_folder(unit_id):
    with pytest.raises(DataError, match="no id of a unit"):
        unit_file(unit_id, "区教育局")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("区教育局", "D51_区教育局"),
        ("区委政法委（区信访局）", "D51_区委政法委（区信访局）"),
        ("../区委\\局", "D51_-区委-局"),
        ("A/b?c#d%41_e: .", "D51_A-b-c-d-41-e-"),
        ("甲" * 61, "D51_" + "甲" * 60),
        ("a" + "甲" * 61, "D51_a" + "甲" * 59),
    ],
)
def test_a_units_file_bears_its_id_and_name(name, expected):
    assert unit_file("D51", name) == expected


@given(IDS, NAMES, IDS, NAMES)
def test_no_two_units_share_a_file_and_any_file_system_takes_it(first, name, second, other):
    file = unit_file(first, name)
    assert len(f"{file}.html".encode()) <= 255
    assert not set('\\/:*?"<>|#%~') & set(file) and not any(map(is_unseen, file))
    assert file.rpartition("_")[0] == first
    assert (file == unit_file(second, other)) == (first == second and safe_name(name) == safe_name(other))
