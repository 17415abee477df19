"""The colours and markers that every page and chart shares, safe for colour-blind readers.

Kept apart from the chart theme so that a page can be written without loading matplotlib.
"""

INK = "#1d2733"
MUTED = "#566270"
RULE = "#d5dbe1"
PAPER = "#ffffff"
ACCENT = "#0b4f8a"

# An ordinal scale: dark blue, light blue, amber, and the only red on any page.
TIER_COLOURS = {"excellent": "#0b4f8a", "good": "#6aaed6", "pass": "#e3a72f", "fail": "#b3261e"}

# From below a middle to above it; light enough for dark figures on either end.
BELOW_TO_ABOVE = ("#e08214", "#f7f7f7", "#8f86c0")

# Series that are no tiers, in the order in which a chart draws them: Okabe and Ito's hues without vermilion, because
# red belongs to one tier alone.
SERIES = (ACCENT, "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#5b6770")
