"""The words that the hotline's figures and sentences share."""

from collections.abc import Mapping

from analysis.insight.duties import ARROW
from analysis.insight.duties_evidence import TOWNS

RATE_NAMES = {"on_time": "按时办结率", "satisfaction": "群众满意率"}
ROLES = {"lead": "牵头", "co_operating": "配合", "town": "属地", "outside": "清单外"}
STRENGTHS = {"strong": "较强", "moderate": "中等", "none": "不足"}
LISTS = {"power": "权责清单", "boundary": "职责边界清单", "": "无"}


def name_unit(unit_id: str, names: Mapping[str, str]) -> str:
    """Return a unit's name; the towns as one are 镇街."""
    return "镇街" if unit_id == TOWNS else names[unit_id]


def name_loop(loop: str, names: Mapping[str, str]) -> str:
    """Return a loop of units as 甲→乙→丙→甲."""
    units = loop.split(ARROW)
    return "→".join(name_unit(unit, names) for unit in [*units, units[0]])
