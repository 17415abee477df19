"""The published totals and tiers once more, from `measurements`, `adjustments` and `params/` alone.

Written apart from `src/analysis`, in plain exact arithmetic (fractions), so that the two can disagree. It imports
nothing of the package and shares none of its code.
"""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import yaml

CHANNELS = ("daily", "key_work", "info_system", "random")
TIERS = ("excellent", "good", "pass", "fail")


def exact(number):
    """A float as the decimal that it prints as."""
    return Fraction(Decimal(repr(float(number))))


def holds(entry, month):
    return entry["from"] <= month and (entry.get("to") is None or month <= entry["to"])


class Rules:
    def __init__(self, root: Path):
        def read(name):
            return yaml.safe_load((root / "params" / name).read_text(encoding="utf-8"))

        self.units = read("units.yml")["units"]
        self.indicators = read("indicators.yml")["indicators"]
        self.weights = read("weights.yml")
        self.grading = read("tiers.yml")["grading"]

    def units_in(self, month):
        return [unit for unit in self.units if holds(unit, month)]

    def indicators_in(self, month):
        return {entry["id"]: entry for entry in self.indicators if holds(entry, month)}

    def channel_weights(self, unit, month):
        found = next(entry for entry in self.weights["base"] if holds(entry, month))["weights"]
        for key, value in (("group", unit["group"]), ("unit", unit["id"])):
            for entry in self.weights["adjustments"]:
                if entry.get(key) == value and holds(entry, month):
                    found = entry["weights"]
        return {channel: exact(found[channel]) for channel in CHANNELS}

    def indicator_weights(self, unit, month):
        meant = {
            id_: entry
            for id_, entry in self.indicators_in(month).items()
            if not entry.get("groups") or unit["group"] in entry["groups"]
        }
        sums = defaultdict(Fraction)
        for entry in meant.values():
            sums[entry["channel"]] += exact(entry["weight"])
        return {id_: exact(entry["weight"]) / sums[entry["channel"]] for id_, entry in meant.items()}

    def minimum_indicators(self, channel, month):
        base = next(entry for entry in self.weights["base"] if holds(entry, month))
        return base.get("minimum_indicators", {}).get(channel, 1)

    def first_month(self, id_, months, scope):
        """The first month whose measurements of an indicator count: of the scope, or of its window of visits."""
        found = [entry for entry in self.indicators if entry["id"] == id_ and entry["from"] <= months[-1]]
        first = months[-1]
        for _ in range(found[-1].get("window_months", {}).get(scope, 1) - 1):
            first = month_before(first)
        return first if "window_months" in found[-1] else months[0]

    def grading_in(self, month):
        return next(entry for entry in self.grading if holds(entry, month))


def ratio_points(method, share):
    if method["name"] == "ratio":
        return min(Fraction(1), share / exact(method.get("target", 1))) * 100
    full, floor, slope = (exact(method[key]) for key in ("full", "floor", "slope"))
    return max(floor, full - slope * max(0, exact(method["target_pct"]) - 100 * share)) / full * 100


def value_points(method, value):
    if method["name"] == "points":
        return 100 * value / exact(method.get("full", 100))
    if method["name"] == "per_case":
        full = exact(method.get("full", 100))
        return max(Fraction(0), full - exact(method["points_per_case"]) * value) / full * 100
    if method["name"] == "quoted":
        low, high = exact(method.get("low", 0)), exact(method["high"])
        return min(Fraction(100), max(Fraction(0), 100 * (value - low) / (high - low)))
    if method["name"] == "state":
        return value
    raise NotImplementedError(method["name"])


def workload_points(method, heads, group_of):
    """Points by workload per head against the group's median (the higher of the middle two)."""
    by_group = defaultdict(list)
    for unit_id, per_head in heads.items():
        by_group[group_of[unit_id]].append(per_head)
    cap = exact(method["cap"])
    points = {}
    for unit_id, per_head in heads.items():
        ordered = sorted(by_group[group_of[unit_id]])
        median = ordered[len(ordered) // 2]
        points[unit_id] = min(per_head / median, cap) / cap * 100
    return points


def latest_of_items(rows):
    """A task or visit that several months report counts once, as reported last."""
    kept = {}
    for row in sorted(rows, key=lambda r: (r["period"], r["measurement_id"])):
        kept[row["item_id"] or row["measurement_id"]] = row
    return list(kept.values())


def heirs(rules, month):
    """Unit id → the unit that it is part of in the month."""
    by_id = {unit["id"]: unit for unit in rules.units}

    def heir(unit):
        gone = unit.get("to") is not None and unit["to"] < month
        return heir(by_id[unit["merged_into"]]) if gone and unit.get("merged_into") else unit["id"]

    return {id_: heir(unit) for id_, unit in by_id.items()}


def month_before(month):
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04d}-{number - 1:02d}" if number > 1 else f"{year - 1:04d}-12"


def same_rule(one, other):
    return other is not None and all(one[key] == other[key] for key in ("method", "direction", "data"))


def enough_cases(rules, entry, rows, cases, last, is_month):
    """Hits and cases of a rate, filled up from months before, and all cases known; None where cases are too few."""
    hits = sum((exact(row["numerator"]) for row in rows), Fraction(0))
    count = sum((exact(row["denominator"]) for row in rows), Fraction(0))
    month, known = last, count
    for _ in range(entry["fill_months"] if is_month else 0):
        month = month_before(month)
        if not same_rule(entry, rules.indicators_in(month).get(entry["id"])):
            break
        found_hits, found = cases.get(month, (0, 0))
        known += found
        taken = min(found, max(entry.get("fill_cases", entry["minimum_cases"]) - count, 0))
        if taken:
            hits, count = hits + Fraction(found_hits) * taken / found, count + taken
    return (hits, count, known) if count >= entry["minimum_cases"] else None


def credibility(entry, count):
    """The share of its weight that a rate has on so many cases, those of all months looked at."""
    if "full_cases" not in entry:
        return Fraction(1)
    below = entry["minimum_cases"] - 1
    return min(Fraction(count - below) / (entry["full_cases"] - below), Fraction(1))


def score_rate(rules, entry, rows, cases, last, is_month):
    held = [row for row in rows if row["status"] == "ok"]
    found = enough_cases(rules, entry, held, cases, last, is_month)
    if found is None:
        return None, None, 1
    return ratio_points(entry["method"], found[0] / found[1]), None, credibility(entry, found[2])


def score_indicator(rules, rows, last, scope, cases):
    """Points of one unit's indicator over the scope, None without any; its rate per head; its share of its weight."""
    entry = rules.indicators_in(rows[-1]["period"])[rows[-1]["indicator_id"]]
    if "minimum_cases" in entry:
        of_cases = "measure" in entry["data"]
        if any(row["status"] == "ok" or (of_cases and row["status"] == "not_applicable") for row in rows):
            return score_rate(rules, entry, rows, cases, last, scope == "month")
    rows = [row for row in latest_of_items(rows) if row["status"] == "ok"]
    if not rows:
        return None, None, 1
    entry = rules.indicators_in(rows[-1]["period"])[rows[-1]["indicator_id"]]
    if entry["over_year"] == "pool":
        numerator = sum(exact(row["numerator"]) for row in rows)
        denominator = sum(exact(row["denominator"]) for row in rows)
        share = numerator / denominator if denominator else None
        if entry["method"]["name"] == "workload":
            return None, share, 1
        return (None if share is None else ratio_points(entry["method"], share)), None, 1
    points = []
    for row in rows:
        method = rules.indicators_in(row["period"])[row["indicator_id"]]["method"]
        if not pd.isna(row["denominator"]):
            if row["denominator"]:
                points.append(ratio_points(method, exact(row["numerator"]) / exact(row["denominator"])))
        else:
            points.append(value_points(method, exact(row["value"])))
    if not points:
        return None, None, 1
    return (points[-1] if entry["over_year"] == "latest" else sum(points) / len(points)), None, 1


def half_up(value, decimals=2):
    """Quantised at 1e-9, then rounded once, half up, as hundredths."""
    quanta = (value * 10**9 * 2 + 1) // 2  # to the nearest quantum; an exact half quantum cannot come from input
    step = 10 ** (9 - decimals)
    return int((quanta + step // 2) // step)


def totals(rules, months, scope, measurements, adjustments):
    """Published totals in hundredths of the units of the last month, and what ties are decided by."""
    last = months[-1]
    units = {unit["id"]: unit for unit in rules.units_in(last)}
    cells, cases, heir = defaultdict(list), defaultdict(lambda: defaultdict(lambda: (0, 0))), heirs(rules, last)
    for row in measurements.to_dict("records"):
        if row["status"] == "ok" and not pd.isna(row["denominator"]):
            by_month = cases[heir[row["unit_id"]], row["indicator_id"]]
            hits, count = by_month[row["period"]]
            by_month[row["period"]] = hits + exact(row["numerator"]), count + exact(row["denominator"])
        if row["unit_id"] in units and row["period"] >= rules.first_month(row["indicator_id"], months, scope):
            cells[row["unit_id"], row["indicator_id"]].append(row)
    points, shares, heads, hidden = {}, {}, {}, set()
    for key, rows in cells.items():
        if not any(row["status"] == "ok" for row in rows) and any(row["status"] == "accepted" for row in rows):
            hidden.add(key)
        points[key], per_head, shares[key] = score_indicator(rules, rows, last, scope, cases[key])
        if per_head is not None:
            heads.setdefault(key[1], {})[key[0]] = per_head
    group_of = {unit_id: unit["group"] for unit_id, unit in units.items()}
    for indicator_id, by_unit in heads.items():
        method = rules.indicators_in(last)[indicator_id]["method"]
        for unit_id, value in workload_points(method, by_unit, group_of).items():
            points[unit_id, indicator_id] = value
    scored = (points, shares)
    return {id_: total_of(rules, unit, months, scored, heads, hidden, adjustments) for id_, unit in units.items()}


def total_of(rules, unit, months, scored, heads, hidden, adjustments):
    points, shares = scored
    active = [month for month in months if holds(unit, month)]
    inside, between = defaultdict(Fraction), defaultdict(Fraction)
    for month in active:
        for id_, weight in rules.indicator_weights(unit, month).items():
            inside[id_] += weight / len(active)
        for channel, weight in rules.channel_weights(unit, month).items():
            between[channel] += weight / len(active)
    channel_of = {id_: entry["channel"] for month in months for id_, entry in rules.indicators_in(month).items()}
    scores = {}
    for channel in CHANNELS:
        present = {
            id_: weight * shares[unit["id"], id_]
            for id_, weight in inside.items()
            if channel_of[id_] == channel and weight and points.get((unit["id"], id_)) is not None
        }
        gaps = sum(channel_of[i] == channel and (unit["id"], i) in hidden for i, weight in inside.items() if weight)
        if present and len(present) + gaps >= rules.minimum_indicators(channel, months[-1]):
            scores[channel] = sum(w * points[unit["id"], i] for i, w in present.items()) / sum(present.values())
    weight = sum(between[channel] for channel in scores)
    if not weight:
        return {"total": None}
    base = sum(between[channel] * score for channel, score in scores.items()) / weight
    mine = adjustments[(adjustments["unit_id"] == unit["id"]) & adjustments["period"].isin(months)]
    sums = {
        kind: sum((exact(p) for p in mine.loc[mine["kind"] == kind, "points"]), Fraction(0))
        for kind in ("bonus", "deduction")
    }
    cap = exact(rules.grading_in(months[-1])["bonus_cap"])
    total = min(Fraction(100), max(Fraction(0), base + min(sums["bonus"], cap) - sums["deduction"]))
    key_work = half_up(scores["key_work"]) if "key_work" in scores else None
    per_head = [by_unit.get(unit["id"]) for by_unit in heads.values()]
    per_head = half_up(per_head[0], 9) if per_head and per_head[0] is not None else None
    return {
        "total": half_up(total),
        "workload_per_head": per_head,
        "key_work_score": key_work,
        "deductions": -sums["deduction"],
        "vetoed": bool((mine["kind"] == "veto").any()),
    }


def quota_lines(count, grading):
    shares = [exact(grading["quotas"][tier]) * count / 100 for tier in TIERS]
    places = [int(share) for share in shares]
    order = sorted(range(4), key=lambda i: (-(shares[i] - places[i]), grading["remainder_order"].index(TIERS[i])))
    for index in order[: count - sum(places)]:
        places[index] += 1
    return [sum(places[: index + 1]) for index in range(4)]


def tiers(found, grading):
    """Tier by score of each unit with a total: lines by place, ties by the keys, what is still tied shares a tier."""
    scored = {unit_id: row for unit_id, row in found.items() if row["total"] is not None}
    lines = quota_lines(len(scored), grading)
    tier_at = lambda place: next(i for i, line in enumerate(lines) if place <= line)  # noqa: E731
    by_score = defaultdict(list)
    for unit_id, row in scored.items():
        by_score[row["total"]].append(unit_id)
    result, place = {}, 0
    for total in sorted(by_score, reverse=True):
        group = by_score[total]
        keys = [k for k in grading["tie_keys"] if all(scored[unit_id][k] is not None for unit_id in group)]
        if tier_at(place + 1) == tier_at(place + len(group)):
            keys = []
        parts = defaultdict(list)
        for unit_id in group:
            parts[tuple(-scored[unit_id][k] for k in keys)].append(unit_id)
        for key in sorted(parts):
            first, last = tier_at(place + 1), tier_at(place + len(parts[key]))
            goes_down = first != last and grading["tie_at_line"][TIERS[first]] == "down"
            for unit_id in parts[key]:
                result[unit_id] = TIERS[first + goes_down]
            place += len(parts[key])
    return result
