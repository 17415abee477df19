"""The colours and markers that every page and chart shares, safe for colour-blind readers.

Kept apart from the chart theme so that a page can be written without loading matplotlib.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.policy.errors import PolicyError

INK = "#1d2733"
MUTED = "#566270"
RULE = "#d5dbe1"
PAPER = "#ffffff"
ACCENT = "#0b4f8a"

# An ordinal scale: dark blue, light blue, amber, and the only red on any page.
TIER_COLOURS = {"excellent": "#0b4f8a", "good": "#6aaed6", "pass": "#e3a72f", "fail": "#b3261e"}

# From below a middle to above it; light enough for dark figures on either end.
BELOW_TO_ABOVE = ("#e08214", "#f7f7f7", "#8f86c0")

# Okabe and Ito's hues without vermilion, because red belongs to one tier alone.
_GROUP_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5b6770", "#8c6d31", "#4b3f99")
# Series that are neither tiers nor groups, in the order in which a chart draws them.
SERIES = (ACCENT, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5b6770")
_GROUP_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


@dataclass(frozen=True)
class GroupStyle:
    """How one group of units is drawn: colour never speaks alone, so a marker goes with it."""

    colour: str
    marker: str


def group_styles(groups: Sequence[str]) -> dict[str, GroupStyle]:
    """Return the style of each group, fixed by its place in `groups` (the order of `params/`).

    Raises:
        PolicyError: more groups than there are styles that a reader can tell apart.
    """
    if len(groups) > len(_GROUP_COLOURS):
        raise PolicyError(
            f"params/: {len(groups)} groups of units; charts can tell at most {len(_GROUP_COLOURS)} apart: merge groups"
        )
    styles = map(GroupStyle, _GROUP_COLOURS, _GROUP_MARKERS)
    return dict(zip(groups, styles, strict=False))
