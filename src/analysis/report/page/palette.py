"""The colours and markers that every page and chart shares, safe for colour-blind readers.

Kept apart from the chart theme so that a page can be written without loading matplotlib.
"""

from collections.abc import Sequence

INK = "#1d2733"
MUTED = "#566270"
RULE = "#d5dbe1"
PAPER = "#ffffff"
ACCENT = "#0b4f8a"

# An ordinal scale for tiers: dark blue, light blue, grey, amber, and the only red on any page.
SHADES = {"best": "#0b4f8a", "good": "#6aaed6", "middle": "#b5b9a8", "low": "#e3a72f", "last": "#b3261e"}

# From below a middle to above it; light enough for dark figures on either end.
BELOW_TO_ABOVE = ("#e08214", "#f7f7f7", "#8f86c0")

# Series that are no tiers, in the order in which a chart draws them: Okabe and Ito's hues without vermilion, because
# red belongs to one tier alone.
SERIES = (ACCENT, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5b6770")


def tier_shades(tiers: Sequence[str]) -> dict[str, str]:
    """Return tier → its name in SHADES, for tiers from the best to the last.

    Four have no grey; of more than five those in the middle share it.
    """
    upper = ["best", "good"] if len(tiers) > 2 else ["best"]
    lower = [] if len(tiers) < 2 else ["last"] if len(tiers) < 4 else ["low", "last"]
    middle = ["middle"] * (len(tiers) - len(upper) - len(lower))
    return dict(zip(tiers, [*upper, *middle, *lower], strict=False))


def tier_colours(tiers: Sequence[str]) -> dict[str, str]:
    """Return tier → colour, for tiers from the best to the last."""
    return {tier: SHADES[shade] for tier, shade in tier_shades(tiers).items()}
