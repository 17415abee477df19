"""The ground of the typed models: frozen, dated, with checked ids and names."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from analysis.policy.messages import mark, say
from analysis.policy.visible import refuse_unseen


def _is_of_form(pattern: str, words: str) -> AfterValidator:
    def refuse_others(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(say(words))
        return text

    return AfterValidator(refuse_others)


Period = Annotated[str, _is_of_form(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", mark("a month YYYY-MM is needed"))]
Identifier = Annotated[
    str,
    _is_of_form(r"[A-Za-z][A-Za-z0-9_-]{0,31}", mark("at most 32 letters, digits, - and _ are needed, a letter first")),
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True), AfterValidator(refuse_unseen)
]


Share = Annotated[float, Field(ge=0, le=100)]


class Model(BaseModel):
    """A frozen model that refuses keys it does not know, and numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False)


class Dated(Model):
    """Something that holds from one month to another, both included; `to` empty means still in force."""

    from_: Period = Field(alias="from")
    to: Period | None = None

    @model_validator(mode="after")
    def _ends_after_start(self):
        if self.to is not None and self.to < self.from_:
            raise ValueError(say("`to` {to} is before `from` {first}").format(to=self.to, first=self.from_))
        return self

    @property
    def subject(self) -> str:
        """What the entry is about; two entries of a list about the same subject never hold in the same month."""
        return getattr(self, "id", "")

    def meets(self, other: "Dated") -> bool:
        """Tell whether there is a month in which both this and `other` are in force."""
        return (self.to is None or other.from_ <= self.to) and (other.to is None or self.from_ <= other.to)

    def holds_in(self, period: str) -> bool:
        """Tell whether this is in force in the month `period`."""
        return self.from_ <= period and (self.to is None or period <= self.to)
