"""Names and numbers of people who do not exist."""

import numpy as np

from analysis.run.sample.chance import pick
from analysis.run.sample.world import Texts


def name_person(rng: np.random.Generator, texts: Texts) -> str:
    """Return an invented name: a common surname and a given name that no one bears."""
    return pick(rng, texts.surnames.split()) + pick(rng, texts.given_names.split())
