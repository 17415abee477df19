"""Which edition of a month its pages say that they are."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Edition:
    """Which edition of a month this is.

    Attributes:
        revision: number of the revision, such as `r0002`.
        state: `draft` until the objection period is over, then `final` (S21).
        as_of: the date from which deadlines count.
        objections_until: the last day for objections (S21).
        inputs: short hash over raw files and rules.
        code: short hash over code and notebooks.
        version: the project's version.
        head: the head of the chain of publications before this one (S45), empty where there was none.
    """

    revision: str
    state: str
    as_of: date
    objections_until: date
    inputs: str
    code: str
    version: str
    head: str = ""
