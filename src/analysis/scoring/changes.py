"""Changes of single raw values, as an objection asks for them: `UNIT/INDICATOR[/ROLE][@ITEM]=VALUE` (S21)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.errors import UsageError
from analysis.policy.indicators import Indicator
from analysis.policy.messages import mark, say
from analysis.policy.names import index_units, normalise_name

ROLES = ("value", "numerator", "denominator", "standard")
_FORM = mark("write UNIT/INDICATOR[/ROLE][@ITEM]=VALUE, for example D01/common-07/numerator=46 or D01/common-01=88.5")
_CHANGE = re.compile(r"(?P<unit>[^/=@]+)/(?P<indicator>[^/=@]+)(/(?P<role>[^/=@]+))?(@(?P<item>[^=]+))?=(?P<value>.*)")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_NOT_APPLICABLE = ("na", "不适用")


@dataclass(frozen=True)
class Change:
    """One raw value set to another.

    Attributes:
        unit_id: the unit.
        indicator_id: the indicator.
        role: one of ROLES.
        value: the new value; None says not applicable (S11).
        item_id: the task or visit, where the indicator has several.
    """

    unit_id: str
    indicator_id: str
    role: str
    value: float | None
    item_id: str = ""


def parse_change(text: str, policy: Policy) -> Change:
    """Return the change that a command line says; unit and indicator by id, name or alias.

    Without a role the value is meant, or the numerator where the indicator is a ratio of counts. A state may be given
    by its name; `na` or `不适用` says not applicable.

    Raises:
        UsageError: the text has another form, or names a unit, indicator, role or value that is not known.
    """
    found = _CHANGE.fullmatch(text.strip())
    if not found:
        raise UsageError(say("{text!r} is no change of a value: {form}").format(text=text, form=say(_FORM)))
    unit_id = index_units(policy.units).get(normalise_name(found["unit"]))
    if unit_id is None:
        told = say("{text!r}: {found!r} is not a unit of {period} (params/units.yml)")
        raise UsageError(told.format(text=text, found=found["unit"], period=policy.period))
    indicator = _indicator(found["indicator"], text, policy)
    role = found["role"] or ("numerator" if _is_counted(indicator) else "value")
    if role not in ROLES:
        raise UsageError(
            say("{text!r}: {role!r} is not a role; one of {roles}").format(text=text, role=role, roles=", ".join(ROLES))
        )
    return Change(
        unit_id, indicator.id, role, _value(found["value"].strip(), text, indicator, role), found["item"] or ""
    )


def _indicator(name: str, text: str, policy: Policy) -> Indicator:
    wanted = normalise_name(name)
    for indicator in policy.indicators:
        if wanted in map(normalise_name, (indicator.id, indicator.name, *indicator.aliases)):
            return indicator
    told = say("{text!r}: {name!r} is not an indicator of {period} (params/indicators.yml)")
    raise UsageError(told.format(text=text, name=name, period=policy.period))


def _is_counted(indicator: Indicator) -> bool:
    return indicator.data.numerator is not None or indicator.data.sheet in ("tickets", "ledger")


def _value(word: str, text: str, indicator: Indicator, role: str) -> float | None:
    if word in _NOT_APPLICABLE:
        return None
    states = indicator.method.states
    if word in states:
        return states[word]
    if not _NUMBER.fullmatch(word):
        allowed = say("a number, na") + "".join(f", {state}" for state in states)
        told = say("{text!r}: found the value {word!r}; allowed is {allowed}")
        raise UsageError(told.format(text=text, word=word, allowed=allowed))
    value = float(word)
    if role == "value" and not indicator.method.admissible.admits(value):
        low, high = indicator.method.admissible
        raise UsageError(
            say("{text!r}: found {value:g}; allowed is {low:g} or more").format(text=text, value=value, low=low)
            + (say(", up to {high:g}").format(high=high) if high is not None else "")
        )
    return value


def apply_changes(measurements: pd.DataFrame, changes: Sequence[Change], policy: Policy) -> pd.DataFrame:
    """Return measurements with the changes of the policy's month made; nothing else differs.

    Raises:
        UsageError: there is no such measurement, or several and the change names none of them.
    """
    changed = measurements.assign(standard=measurements.get("standard", np.nan))  # an older version's have none
    for change in changes:
        row = _row(changed, change, policy)
        if change.value is None:
            changed.loc[row, [*ROLES, "status"]] = [*(np.nan for _ in ROLES), "not_applicable"]
            continue
        changed.loc[row, change.role] = change.value
        changed.loc[row, "status"] = "ok"
    for change in changes:
        _check_counts(changed.loc[_row(changed, change, policy)], change)
    return changed


def _row(measurements: pd.DataFrame, change: Change, policy: Policy) -> int:
    place = f"{change.unit_id}/{change.indicator_id}"
    rows = measurements[
        (measurements["period"] == policy.period)
        & (measurements["unit_id"] == change.unit_id)
        & (measurements["indicator_id"] == change.indicator_id)
    ]
    if change.item_id:
        rows = rows[rows["item_id"] == change.item_id]
    if len(rows) == 1:
        return rows.index[0]
    if rows.empty:
        item = f" @{change.item_id}" if change.item_id else ""
        told = say("{place}{item}: there is no such measurement in {period}")
        raise UsageError(told.format(place=place, item=item, period=policy.period))
    items = ", ".join(f"@{item}" for item in sorted(rows["item_id"]))
    told = say("{place}: {n_rows} measurements in {period}; name one of {items}")
    raise UsageError(told.format(place=place, n_rows=len(rows), period=policy.period, items=items))


def _check_counts(row: pd.Series, change: Change) -> None:
    if change.role in ("value", "standard") or change.value is None:
        return
    place = f"{change.unit_id}/{change.indicator_id}"
    counts = row[["numerator", "denominator"]].astype(float)
    if counts.isna().any():
        missing = ", ".join(counts.index[counts.isna()])
        told = say("{place}: there is no {missing} yet; set numerator and denominator together")
        raise UsageError(told.format(place=place, missing=missing))
    if (counts < 0).any():
        told = say("{place}/{role}: found {value:g}; a count is 0 or more")
        raise UsageError(told.format(place=place, role=change.role, value=change.value))
