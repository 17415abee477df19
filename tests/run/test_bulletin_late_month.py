"""What the bulletin finds of a month late in the year stands on its page: a month in its first year finds little."""

import html
import re

import pytest

from analysis.policy.book import load_policy
from analysis.report import bulletin, duties, hotline, indicators, movers, scores, trends, watch, year
from analysis.run.month import new_month
from analysis.run.notebooks.engine import execute_notebook
from analysis.run.store.manifest import NOTEBOOKS

pytestmark = pytest.mark.slow
PERIOD = "2026-10"


def plain(piece: object) -> str:
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", " ", str(piece))))


@pytest.fixture(scope="module")
def month(sample_tables):
    return new_month(sample_tables, load_policy(sample_tables), PERIOD)


@pytest.fixture(scope="module")
def shown(month, tmp_path_factory) -> str:
    """The text of the executed notebook's outputs, pieces and drawings with what stands beside them."""
    told = {"root": str(month.root), "period": PERIOD}
    nb = execute_notebook(NOTEBOOKS / "bulletin.ipynb", told, cwd=tmp_path_factory.mktemp("here"))
    outputs = [output for cell in nb.cells for output in cell.get("outputs", []) if "data" in output]
    drawn = [output.metadata.get("image/svg+xml", {}).get("title", "") for output in outputs]
    return plain(" ".join([*(output["data"].get("text/html", "") for output in outputs), *drawn]))


def test_each_finding_of_a_late_month_stands_on_the_page(month, shown):
    """Taken out of the notebook one by one, eight of these were missed: in 2023-02 their tables are empty."""
    policy, names = month.policy, month.policy.names
    changes, units = month.table("trends"), month.month_table("unit_scores")
    standing = year.year_rows(month.table("year_standing"), month.table("certainty"))
    overlaps, handlers, loops = map(month.table, bulletin.DUTIES_TABLES)
    listed, before = month.table("watch_list"), month.before("watch_list")[0]
    year_before = month.tables_of("year_standing", month.earlier(1))
    rising, flows = month.table("rising_matters"), month.table("matter_flows")
    found = {
        "whom the year lists": "。".join(year.tell_listed(standing, policy, names)),
        "whom it lists anew": year.tell_relisted(standing, year_before, policy, names),
        "the table of the year": year.year_table(year.near_the_line(standing, policy), policy, month.edition, names),
        "last year's tiers": scores.tier_kpi(units, policy.grading, names, month.before("unit_scores")[1]).note,
        "indicators that grew worse": indicators.tell_worsened(month.table("indicator_changes"), names, policy.trends),
        "who changed tier": trends.tell_tiers(changes, "mom", names),
        "who is listed": watch.watch_finding(listed, names, PERIOD, before),
        "why": watch.watch_table(listed, names, policy.watch, policy.grading, is_annex=False),
        "what needs a meeting": duties.agenda_table(duties.agenda(overlaps, handlers, loops, names)),
        "who passes it on": duties.flow_chart(flows, duties.first_matter(overlaps), names).title,
        "what rises": hotline.name_risen(rising),
        "who moved most": movers.movers_chart(changes, names).title,
    }
    assert all(found.values())
    assert [name for name, piece in found.items() if plain(piece) not in shown] == []
