"""The sample: the fictional district 澄川区 as its offices would send it, with planted truths; all invented."""

from analysis.run.sample.truths import Truths, load_truths
from analysis.run.sample.write import write_sample

__all__ = ["Truths", "load_truths", "write_sample"]
