"""The list of districts that one fleet runs, and what each of them answers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from analysis.policy.base import Identifier, Model, Name, Period
from analysis.policy.load import load_yaml, validate
from analysis.policy.messages import say
from analysis.policy.names import Names


class FleetDistrict(Model):
    """One district of the list.

    Attributes:
        id: its stable id.
        name: its name, the same as in its own `params/district.yml`.
        root: its folder (relative to the list's) or an fsspec URL such as `s3://bucket/district`.
        period: its own month, where it is not the fleet's.
    """

    id: Identifier
    name: Name
    root: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    period: Period | None = None

    @property
    def is_url(self) -> bool:
        """Whether the root is an fsspec URL and not a folder."""
        return "://" in self.root or "::" in self.root


class Fleet(Model):
    """`districts.yml`: the province's name and its districts, in the order in which pages show them."""

    name: Name
    districts: tuple[FleetDistrict, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _nothing_stands_twice(self):
        for key in ("id", "name", "root"):
            values = [getattr(district, key) for district in self.districts]
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(
                    say("the {key} {twice!r} stands twice; every district has its own").format(key=key, twice=twice[0])
                )
        return self


@dataclass(frozen=True)
class RuleDifference:
    """One key of `params/` in which a district differs from the reference district; an empty text means absent."""

    file: str
    key: str
    reference: str
    found: str


@dataclass(frozen=True)
class Reference:
    """The district with which the others are compared: the first one of the list whose rules can be read.

    Attributes:
        district: its id.
        hashes: file of `params/` → SHA-256.
        values: file → key → value as text.
        names: id → Chinese name of indicators, channels and tiers.
    """

    district: str
    hashes: dict[str, str]
    values: dict[str, dict[str, str]]
    names: Names


@dataclass(frozen=True)
class DistrictResult:
    """What came of one district: small, because it travels to the scheduler.

    Attributes:
        district: the id in the list.
        name: the name in the list.
        period: the month that was run.
        state: `built` now, `unchanged` since an earlier run, or `failed`.
        error: why it failed, empty otherwise.
        revision: the revision in force.
        manifest: SHA-256 of its `manifest.json`.
        code: SHA-256 of the code that built it.
        stage: `tables`, or `published` with pages.
        is_final: whether the revision is final (S21), not a draft.
        is_synthetic: whether the district says that its data are invented.
        n_units: units assessed.
        n_provisional: of these, units whose score is provisional (S11).
        mean: mean of the units' published totals, 0–100; NaN where there is none.
        tiers: tier → number of units.
        channels: channel → mean of the units' scores.
        indicators: indicator in force → mean of the units' scores, NaN where no unit has one.
        differences: the keys of `params/` that differ from the reference district's.
    """

    district: str
    name: str
    period: str
    state: Literal["built", "unchanged", "failed"]
    error: str = ""
    revision: str = ""
    manifest: str = ""
    code: str = ""
    stage: str = ""
    is_final: bool = False
    is_synthetic: bool = False
    n_units: int = 0
    n_provisional: int = 0
    mean: float = float("nan")
    tiers: dict[str, int] = field(default_factory=dict)
    channels: dict[str, float] = field(default_factory=dict)
    indicators: dict[str, float] = field(default_factory=dict)
    differences: tuple[RuleDifference, ...] = ()


def load_fleet(path: Path) -> Fleet:
    """Read `districts.yml`; relative roots are taken from the folder in which it lies.

    Raises:
        PolicyError: the file is missing or wrong; names the key, the value found and what is allowed.
    """
    path = Path(path)
    fleet = load_yaml(path, Fleet, shown=str(path))
    content = fleet.model_dump()
    for district, told in zip(fleet.districts, content["districts"], strict=True):
        told["root"] = district.root if district.is_url else str((path.parent / district.root).resolve())
    # Checked again: two ways to write one folder are one root.
    return validate(str(path), content, Fleet)
