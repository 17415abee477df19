"""Names in the form in which they are compared, and in the one in which they are shown."""

import pytest
from pydantic import TypeAdapter, ValidationError

from analysis.policy.base import Name
from analysis.policy.names import normalise_name, shown_name


@pytest.mark.parametrize(
    ("written", "compared", "shown"),
    [
        ("三 定 落 实", "三定落实", "三定落实"),
        ("“三定”　落实", "三定落实", "三定落实"),
        ("Closed  Date", "ClosedDate", "Closed Date"),
        (" Heart failure rate (2024) ", "Heartfailurerate(2024)", "Heart failure rate (2024)"),
        ("GDP 增速 per head", "GDP增速perhead", "GDP增速per head"),
        ("１２ 月", "12月", "12月"),
    ],
)
def test_a_name_is_shown_with_the_spaces_between_latin_words(written, compared, shown):
    assert normalise_name(written) == compared
    assert shown_name(written) == shown
    assert normalise_name(shown_name(written)) == compared


def test_a_name_has_at_most_120_characters():
    assert TypeAdapter(Name).validate_python("n" * 120)
    with pytest.raises(ValidationError, match="at most 120"):
        TypeAdapter(Name).validate_python("n" * 121)
