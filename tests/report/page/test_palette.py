"""Colours stay apart for colour-blind readers, and red means one thing."""

import colorsys
from itertools import combinations

import numpy as np
import pytest

from analysis.report.page import palette
from analysis.report.page.palette import SHADES, tier_shades

# Machado, Oliveira and Fernandes (2009), severity 1.0, in linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear_rgb(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    seen = np.clip(VISION[vision] @ linear_rgb(colour), 0, 1)
    x, y, z = np.cbrt(np.maximum(TO_XYZ @ seen / [0.9505, 1.0, 1.089], 0.0089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ linear_rgb(c)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def is_red(colour: str) -> bool:
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    return (hue < 20 / 360 or hue > 340 / 360) and saturation > 0.4 and lightness < 0.7


@pytest.mark.parametrize("vision", VISION)
def test_tiers_can_be_told_apart(vision: str):
    for one, other in combinations(SHADES.values(), 2):
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > 20, (one, other)


def test_only_the_lowest_tier_is_red():
    others = [*palette.SERIES, palette.ACCENT, palette.INK, palette.MUTED]
    others += [colour for shade, colour in SHADES.items() if shade != "last"]
    assert is_red(SHADES["last"])
    assert not [colour for colour in others if is_red(colour)]


@pytest.mark.parametrize("colour", [palette.INK, palette.MUTED, palette.ACCENT, SHADES["last"]])
def test_text_is_readable_on_paper(colour: str):
    assert contrast(colour, palette.PAPER) >= 4.5


@pytest.mark.parametrize(
    ("tiers", "shades"),
    [
        ("a", "best"),
        ("ab", "best last"),
        ("abc", "best good last"),
        ("abcd", "best good low last"),
        ("abcde", "best good middle low last"),
        ("abcdefg", "best good middle middle middle low last"),
    ],
)
def test_tiers_of_any_number_go_from_the_best_shade_to_the_last(tiers: str, shades: str):
    assert list(tier_shades(list(tiers)).values()) == shades.split()
