"""Every number that the bulletin prints is found in the tables, in `params/` or in the month itself."""

import re
from pathlib import Path

import pandas as pd
import pytest

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def printed_numbers(page: str) -> set[str]:
    """Numbers of the page's text; charts draw their axes themselves and are left out, as is what the eye cannot see."""
    main = page[page.index("<main") : page.index("</main>")]
    text = re.sub(r"<svg\b.*?</svg>|<p class=.foot.>.*?</p>", " ", main, flags=re.DOTALL)  # the foot holds hashes
    return set(NUMBER.findall(re.sub(r"<[^>]*>", " ", text)))


def known_numbers(root: Path, period: str) -> set[str]:
    """Values of all tables at the decimals that pages use, sizes of their groups, and numbers within their texts."""
    known: set[str] = set()
    for path in sorted((root / "data/processed").glob("*/r*/*.parquet")):
        table = pd.read_parquet(path)
        for name in table.columns:
            column = table[name].dropna()
            if column.dtype == "bool" or isinstance(column.dtype, pd.StringDtype):
                sizes = [
                    column.value_counts(),
                    table.groupby("period")[name].value_counts() if "period" in table else [],
                ]
                known |= {str(int(n)) for counts in sizes for n in counts}
                known |= {
                    str(column.nunique()),
                    *(n for text in column.astype(str).unique() for n in NUMBER.findall(text)),
                }
            else:
                values = column.astype(float).abs()
                known |= {f"{value:.{decimals}f}" for value in values for decimals in (0, 1, 2)}
    delivered = pd.read_parquet(root / f"data/processed/{period}/r0001/reconciliation.parquet")
    by_office = delivered.groupby("office")[["n_read", "n_clean", "n_set_aside", "n_not_data"]].sum()
    return known | {str(n) for n in by_office.to_numpy().ravel()}


@pytest.fixture(scope="module")
def numbers(district):
    page = (district / "reports/2023-02/bulletin.html").read_text("utf-8")
    texts = [path.read_text("utf-8") for path in sorted((district / "params").glob("*.yml"))]
    stated = {number for text in texts for number in NUMBER.findall(text)}
    return printed_numbers(page), known_numbers(district, "2023-02") | stated


def test_every_figure_with_decimals_stands_in_a_table(numbers):
    printed, known = numbers
    decimals = {number for number in printed if "." in number}
    assert len(decimals) > 200
    assert not sorted(decimals - known)


def test_every_whole_number_stands_in_a_table_or_counts_its_rows(numbers):
    printed, known = numbers
    whole = {number for number in printed if "." not in number}
    dates = {str(number) for number in range(32)} | {"2022", "2023"}
    assert not sorted(whole - known - dates)
