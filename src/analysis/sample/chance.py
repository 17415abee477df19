"""Chance that falls the same way on every machine and leaves other months alone.

Only uniform draws, sums and products are used: the ziggurat behind `normal` and numpy's vectorised sine or
exponential may differ in the last bit between processors and versions.
"""

from zlib import crc32

import numpy as np

_SEED = 2023_0101
_BELL_SCALE = 3**0.5  # the sum of four uniforms has variance 4/12


def dice(purpose: str, period: str = "") -> np.random.Generator:
    """Return the generator of one purpose in one month; adding a month changes no other."""
    return np.random.Generator(np.random.PCG64([_SEED, crc32(f"{purpose}/{period}".encode())]))


def bell(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return draws of mean 0 and standard deviation 1, none beyond ±3.5."""
    return (rng.random((4, *shape)).sum(axis=0) - 2) * _BELL_SCALE


def pick(rng: np.random.Generator, items):
    """Return one of `items`."""
    return items[int(rng.integers(len(items)))]


def sample(rng: np.random.Generator, items: list, count: int) -> list:
    """Return `count` different ones of `items`, in the order drawn (all of them if there are fewer)."""
    left = list(items)
    return [left.pop(int(rng.integers(len(left)))) for _ in range(min(count, len(left)))]
