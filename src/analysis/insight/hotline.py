"""Hotline measures by month and unit, matter or channel (R9, S12, S18–S20), computed in DuckDB over clean tickets.

Definitions, once:
- received: tickets first delivered in the month in which they were received.
- due, on time, closed: tickets whose final due date lies in the month count once, in that month (S20). On-time rate =
  closed on time / due (22345/24932 = 89.62 %); closure rate = closed / due (23974/24932 = 96.16 %), as far as the
  as-of date knows.
- satisfaction = satisfied / valid call-backs of the tickets due (2617/2713 = 96.46 %, S18); not rated is no valid
  call-back.
- open, overdue, carried over: tickets open at the month's end; of them those past their due date; of them those from
  before.
- repeat: a ticket received within the policy's days (30) after another of the same caller key and matter; the later
  one counts, for its unit. Repeat rate = repeats / received. Tickets without a caller are never repeats.
- handled: closed within the month; median and 90th percentile of their working days by the method `higher` (S4).
- small (S12): fewer tickets due than the policy's number: shown, not ranked, not watched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.insight.grains import GRAINS, by_grain
from analysis.insight.hotline_handling import handling_quantiles
from analysis.insight.hotline_moves import count_moves_by_matter, count_moves_by_unit
from analysis.insight.hotline_repeats import OVERDUE, count_repeats
from analysis.insight.proportions import wilson_interval
from analysis.intake.tickets.engine import open_engine
from analysis.intake.tickets.source import open_table
from analysis.policy.book import Policy
from analysis.policy.tables import TABLES

ALL_CHANNELS = "all"
# Counted once by the finest grain, then added up: counting by every grain at once takes three times as long.
_COUNTS = by_grain(
    "any_value(matter_id) as matter_id, sum(columns('n_.*'))::bigint as '\\0'",
    source=f"""(
    select period, unit_id, matter, channel, any_value(matter_id) as matter_id,
        count_if(is_first_delivery and starts_with(received, period)) as n_received,
        count_if(is_due) as n_due,
        count_if(is_due and is_on_time) as n_on_time,
        count_if(is_due and is_closed) as n_closed,
        count_if(not is_closed) as n_open,
        count_if({OVERDUE}) as n_overdue,
        count_if(not is_closed and not starts_with(received, period)) as n_carried_over,
        count_if(is_due and is_call_back_valid) as n_valid_call_backs,
        count_if(is_due and is_satisfied) as n_satisfied,
        count_if(is_due and is_attitude_complaint) as n_attitude_complaints,
        count_if(is_due and is_shared) as n_shared
    from tickets where period in (select unnest($periods)) group by all
)""",
)


@dataclass(frozen=True)
class HotlineMeasures:
    """The tables `hotline_by_unit`, `hotline_by_matter` and `hotline_by_channel` (with a row `all` a month)."""

    by_unit: pd.DataFrame
    by_matter: pd.DataFrame
    by_channel: pd.DataFrame


def measure_hotline(
    tickets: Sequence[Path],
    periods: Sequence[str],
    policy: Policy,
    *,
    transfers: Sequence[Path] = (),
    unit_ids: Sequence[str] = (),
) -> HotlineMeasures:
    """Return the hotline measures of one or more months (see the module for every definition).

    Args:
        tickets: files of the table `tickets` (Parquet or CSV): those of `periods`, and for repeats those of the
            months before, as far back as the policy's days for repeats reach. One file or many give the same result.
        periods: the months to measure.
        policy: the rules in force.
        transfers: files of the table `transfers` of the same months; none gives zero transfers.
        unit_ids: units that get a row even without tickets (the month's active ones).

    Returns:
        `by_unit`: a row a month and unit; `by_matter`: a month and matter; `by_channel`: a month and channel, and
        `all`.
    """
    rules, watch = policy.ticket_rules, policy.watch
    with open_engine(policy.tickets.engine) as con:
        open_table(con, "tickets", tickets)
        open_table(con, "transfers", transfers)
        counts = con.execute(_COUNTS, {"periods": list(periods)}).df()
        repeats = count_repeats(con, periods, rules.repeat_days)
        quantiles = handling_quantiles(con, periods, rules.handling_quantiles_pct)
        moves_by_unit = count_moves_by_unit(con, periods)
        moves_by_matter = count_moves_by_matter(con, periods)
    frames = {grain: _frame(grain, counts, repeats, quantiles) for grain in GRAINS}
    by_unit = frames["unit_id"].merge(moves_by_unit, on=["period", "unit_id"], how="outer")
    by_unit = _fill_counts(_with_all_units(by_unit, periods, unit_ids), "hotline_by_unit", rules.small_number)
    for rate, numerator, denominator in (
        ("on_time", "n_on_time", "n_due"),
        ("satisfaction", "n_satisfied", "n_valid_call_backs"),
    ):
        low, high = wilson_interval(by_unit[numerator], by_unit[denominator], watch.confidence_pct)
        by_unit = by_unit.assign(**{f"{rate}_low_pct": low, f"{rate}_high_pct": high})
    by_matter = frames["matter"].merge(moves_by_matter, on=["period", "matter"], how="left")
    by_channel = pd.concat([frames["channel"], frames[""].assign(channel=ALL_CHANNELS)])
    return HotlineMeasures(
        by_unit=TABLES["hotline_by_unit"].check(by_unit),
        by_matter=TABLES["hotline_by_matter"].check(_fill_counts(by_matter, "hotline_by_matter", rules.small_number)),
        by_channel=TABLES["hotline_by_channel"].check(
            _fill_counts(by_channel, "hotline_by_channel", rules.small_number)
        ),
    )


def _frame(grain: str, counts: pd.DataFrame, repeats: pd.DataFrame, quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return the measures of one grain, its items in a column of the grain's name."""
    keys = ["period", "item"]
    frame, *others = (found[found["grain"] == grain].drop(columns="grain") for found in (counts, repeats, quantiles))
    for other in others:
        frame = frame.merge(other, on=keys, how="left")
    frame = frame.rename(columns={"item": grain}) if grain else frame.drop(columns="item")
    return frame if grain == "matter" else frame.drop(columns="matter_id")


def _with_all_units(frame: pd.DataFrame, periods: Sequence[str], unit_ids: Sequence[str]) -> pd.DataFrame:
    keys = ["period", "unit_id"]
    every = pd.MultiIndex.from_product([list(periods), list(unit_ids)], names=keys).to_frame(index=False)
    return frame.merge(every, on=keys, how="outer")


def _fill_counts(frame: pd.DataFrame, name: str, small: int) -> pd.DataFrame:
    """Return `frame` with zeros for counts that nothing was found for, and with its rates."""
    counted = [c for c in TABLES[name].columns if c.startswith("n_")]
    filled = frame.assign(**{c: frame[c].fillna(0).astype("int64") for c in counted})
    rates = {
        "on_time_pct": ("n_on_time", "n_due"),
        "closure_pct": ("n_closed", "n_due"),
        "satisfaction_pct": ("n_satisfied", "n_valid_call_backs"),
        "repeat_pct": ("n_repeats", "n_received"),
    }
    for rate, (numerator, denominator) in rates.items():
        filled = filled.assign(**{rate: 100 * filled[numerator] / filled[denominator].replace(0, np.nan)})
    quantiles = {c: filled[c].astype("Int64") for c in ("median_handling_days", "p90_handling_days")}
    return filled.assign(is_small=filled["n_due"] < small, **quantiles)
