"""The made-up month of `months` for all tests of packs."""

from dataclasses import replace

import pytest

from analysis.policy.book import load_policy
from analysis.report.packs.content import PackContent

from .months import PERIOD, ROOT, SMALL_GROUP, make_content


@pytest.fixture(scope="session")
def policy():
    whole = load_policy(ROOT).at(PERIOD)
    law = [unit.id for unit in whole.units if unit.group == "law"][SMALL_GROUP:]
    units = tuple(unit for unit in whole.units if unit.id not in law)
    return replace(
        whole, units=units, channel_weights_by_unit=whole.channel_weights_by_unit.loc[[unit.id for unit in units]]
    )


@pytest.fixture(scope="session")
def content(policy) -> PackContent:
    """A month in which unit n has the total `total_of(n)`, and each of its texts its own mark."""
    return make_content(policy)
