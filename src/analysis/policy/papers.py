"""To whom official papers go: `params/papers.yml`, which a district may have. No rule of a score stands in it."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from analysis.policy.base import Model, Name

# The papers, each with a template of its own name in `params/papers/`, where the office wants one (S44).
KINDS = ("notice", "annual", "interview", "rectification", "reminder", "objection")
# The template of every paper that has none of its own name.
ANY = "paper"


class Reader(Model):
    """To whom a notice is written: its audience decides what stands in it (S23).

    Attributes:
        form: report (报告, to those above) or notice (通报); by default what its audience is owed.
        to: the addressee (主送); without one the office fills it in, and copied offices are those of `district.yml`.
        copies: who gets a copy (抄送) and may read all of it.
    """

    audience: Literal["leadership", "offices"] = "leadership"
    form: Literal["report", "notice"] | None = None
    to: Name | None = None
    copies: tuple[Name, ...] = ()

    @property
    def is_report(self) -> bool:
        """Whether the paper goes up: it reports, asks nobody for anything and says who signs it out."""
        return self.form == "report" or (self.form is None and self.audience == "leadership")


class Papers(Model):
    """`params/papers.yml`: the notices of a month and of a year are written once for each reader."""

    notices: tuple[Reader, ...] = Field(default=(Reader(),), min_length=1)

    def misplaced_copies(self, offices: Iterable[str]) -> list[str]:
        """Return the copied offices that a notice with more than their content names as readers (S23)."""
        full = {name for reader in self.notices if reader.audience == "leadership" for name in reader.copies}
        return [name for name in offices if name in full]
