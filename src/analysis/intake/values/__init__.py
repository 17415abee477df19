"""From a raw cell to a typed value or a problem code: what has one meaning is read, the rest is flagged.

Nothing is guessed. A percent sign settles per cent against share; without one only the unit does (`in_unit`, S38).
Only the wide forms of letters and digits are narrowed before a number is read: full NFKC would read `5²` as 52 and
`①` as 1.
"""

from analysis.intake.values.cells import Code, Parsed, clean_text, is_blank, narrow_text
from analysis.intake.values.dates import parse_date, parse_moment
from analysis.intake.values.ids import id_form, id_text, parse_id
from analysis.intake.values.numbers import Unit, as_share, in_unit, parse_count, parse_number

__all__ = [
    "Code",
    "Parsed",
    "Unit",
    "as_share",
    "clean_text",
    "id_form",
    "id_text",
    "in_unit",
    "is_blank",
    "narrow_text",
    "parse_count",
    "parse_date",
    "parse_id",
    "parse_moment",
    "parse_number",
]
