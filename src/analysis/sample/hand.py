"""How offices write: names and numbers as they are typed, the months in file names."""

import numpy as np

from analysis.policy.models import Unit
from analysis.sample.chance import pick

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_PATTERNS = (
    "{stem}{year}年{month}月{ending}",
    "{year}年{month}月{stem}{ending}",
    "{stem}({month}月){ending}",
    "{period}{stem}{ending}",
    "{stem}_{compact}{ending}",
    "{stem}({year}年{month}月定稿){ending}",
)


def write_name(rng: np.random.Generator, unit: Unit) -> str:
    """Return a unit's name as a clerk may type it: now and then an alias or old name, or with stray spaces."""
    luck = rng.random()
    if luck < 0.07 and unit.aliases:
        return pick(rng, unit.aliases)
    if luck < 0.08:
        return f"{unit.name[0]} {unit.name[1:]}"
    return f"{unit.name} " if luck < 0.09 else unit.name


def write_number(rng: np.random.Generator, value: float) -> float | str:
    """Return a number as a clerk may enter it: now and then as text, in full-width digits or with a space."""
    value = int(value) if float(value).is_integer() else value
    luck = rng.random()
    if luck < 0.012:
        return str(value)
    if luck < 0.018:
        return str(value).translate(_FULL_WIDTH)
    return f"{value} " if luck < 0.021 else value


def write_date(rng: np.random.Generator, day):
    """Return a date as a cell holds it: mostly a date, now and then a text in one of the usual forms."""
    luck = rng.random()
    if luck < 0.02:
        return f"{day.year}.{day.month}.{day.day}"
    if luck < 0.04:
        return f"{day.year}年{day.month}月{day.day}日"
    return day.isoformat() if luck < 0.06 else day


def write_file_name(rng: np.random.Generator, file: str, period: str) -> str:
    """Return the name of a delivery's file with its month in it, in one of the usual ways."""
    stem, dot, ending = file.rpartition(".")
    year, month = int(period[:4]), int(period[5:])
    compact = period.replace("-", "")
    pattern = pick(rng, _PATTERNS)
    return pattern.format(stem=stem, ending=dot + ending, year=year, month=month, period=period, compact=compact)
