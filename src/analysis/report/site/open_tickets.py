"""The open tables of tickets: which figures are withheld, so that no small count can be worked out (S46).

A withheld count leaves every value under `small_count` possible, whatever stands in either table, in an earlier
revision or on the public page, and even if a reader knows which of the withheld counts are small and which counts are
the same as in an earlier revision.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

import numpy as np
import pandas as pd

from analysis.policy.consequences import PackRules

Tables = Mapping[str, pd.DataFrame]
WHOLE = "all"  # the channel that stands for the whole district
_RATES = {"on_time_pct": ("n_on_time", "n_due"), "satisfaction_pct": ("n_satisfied", "n_valid_call_backs")}
_HOTLINE = ["n_received", "n_due", "on_time_pct", "n_valid_call_backs", "satisfaction_pct"]
_KEYS = {"hotline_by_matter": ["matter_id", "matter"], "hotline_by_channel": ["channel"]}
_COUNTS = [name for name in _HOTLINE if name not in _RATES]
_BOUNDED_BY = {"n_valid_call_backs": "n_due"}  # only tickets that are due are called back
_ADDED = [*_COUNTS, *(part for part, _ in _RATES.values())]  # the district's are the sums of its parts'
_REST = ""  # the key of what no matter names
TICKET_TABLES = tuple(_KEYS)


def hotline_tables(history: Sequence[Tables], packs: PackRules) -> dict[str, pd.DataFrame]:
    """Return counts and rates of tickets by matter and by channel, without those that are withheld (S46).

    Args:
        history: `hotline_by_matter` and `hotline_by_channel` of a month's revisions with pages, the latest last;
            what one of them withheld stays withheld.
        packs: from which numbers on something is shown.

    Returns:
        The two open tables of the latest revision; a withheld figure is missing.
    """
    measures, masks = _withhold_last(history, packs.small_count)
    return {
        name: measures[name][["period", *_KEYS[name]]].join(_shown(measures[name], masks[name])) for name in measures
    }


def withheld_totals(history: Sequence[Tables], packs: PackRules) -> set[str]:
    """Return the district's figures that are withheld: counts `n_…` and rates `…_pct` (S46); see `hotline_tables`."""
    measures, masks = _withhold_last(history, packs.small_count)
    is_whole = measures["hotline_by_channel"]["channel"] == WHOLE
    mask = masks["hotline_by_channel"][is_whole]
    return set(mask.columns[mask.any()])


def hidden_counts(history: Sequence[Tables], packs: PackRules) -> set[str]:
    """Return the counts of which the district's are withheld: a unit's own would bound them from below (S46)."""
    hidden = withheld_totals(history, packs)
    parts = {part for rate, (part, _) in _RATES.items() if rate in hidden}
    return {name for name in hidden if name not in _RATES} | parts


def _withhold_last(history: Sequence[Tables], small: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Return the last revision's figures, and which of them are withheld after all that the earlier ones showed."""
    before: dict[str, pd.DataFrame] = {}
    past: list[dict[str, pd.DataFrame]] = []
    for tables in history:
        measures = _keep_rows(_measures(tables), before)
        masks = _withheld(measures, small, before, past)
        for name, mask in masks.items():
            told = mask.set_axis(_index(measures[name], name)).astype(float)
            before[name] = told.combine(before.get(name, told), np.fmax)
        past.append({name: _parts(measures, name) for name in measures} | {WHOLE: _whole(measures)})
    return measures, {name: mask.set_axis(measures[name].index) for name, mask in masks.items()}


def _measures(tables: Tables) -> dict[str, pd.DataFrame]:
    # A matter that no clause names is text as delivered: nobody has looked at what stands in it.
    matters = tables["hotline_by_matter"]
    return {
        "hotline_by_matter": matters[matters["matter_id"] != ""].reset_index(drop=True),
        "hotline_by_channel": tables["hotline_by_channel"].reset_index(drop=True),
    }


def _keep_rows(measures: dict[str, pd.DataFrame], before: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the figures with the rows of earlier revisions: one that went would say that its count is 0 now."""
    kept = dict(measures)
    for name, masks in before.items():
        gone = masks.index.difference(_index(kept[name], name))
        rows = pd.DataFrame([key.split("\n") for key in gone], columns=_KEYS[name])
        if len(rows):
            period = pd.concat([table["period"] for table in measures.values()]).max()
            rows = rows.assign(period=period, **dict.fromkeys(_ADDED, 0))
            kept[name] = pd.concat([kept[name], rows], ignore_index=True)
    return kept


def _index(table: pd.DataFrame, name: str) -> pd.Index:
    return pd.Index(["\n".join(key) for key in table[_KEYS[name]].itertuples(index=False)], dtype=object)


def _whole(measures: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    channels = measures["hotline_by_channel"]
    return channels[channels["channel"] == WHOLE].set_index("channel")[_ADDED]


def _parts(measures: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """Return the counts of the district's parts by key; what no matter names is a part that nobody is shown."""
    table = measures[name]
    parts = table[_ADDED].set_axis(_index(table, name))
    if name == "hotline_by_channel":
        return parts.drop(index=WHOLE, errors="ignore")
    rest = _whole(measures).sum() - parts.sum()
    return pd.concat([parts, rest.to_frame(_REST).T])


def _shown(measures: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    return measures[_HOTLINE].astype(dict.fromkeys(_COUNTS, "Int64")).mask(mask)


def _withheld(
    measures: Mapping[str, pd.DataFrame],
    small: int,
    before: Mapping[str, pd.DataFrame],
    past: Sequence[Mapping[str, pd.DataFrame]],
) -> dict[str, pd.DataFrame]:
    """Return table → which of its figures are withheld (rows as in `measures`, columns `_HOTLINE`)."""
    whole = _whole(measures)
    of_whole = {name for name in _COUNTS if (whole[name] < small).any()}
    of_whole |= {rate for rate, sides in _RATES.items() if any((each < small).any() for each in _sides(whole, *sides))}
    for each in past:
        of_whole |= {name for name, is_told in _give_rests_away(whole, each[WHOLE], small).any().items() if is_told}
    masks = {}
    for name in measures:
        parts = _parts(measures, name)
        mask = _was_withheld(parts.index, before.get(name))
        masks[name], sums = _withhold_parts(parts, [each[name] for each in past], mask, small)
        of_whole |= sums
    for name, table in measures.items():
        index = _index(table, name)
        mask = masks[name].reindex(index, fill_value=False) | _was_withheld(index, before.get(name))
        # Without a sum that is not to be known, there are no parts that add up to it.
        mask[sorted(of_whole)] = True
        for rate, (_, of) in _RATES.items():
            mask[rate] |= mask[of]
        masks[name] = mask
    return masks


def _was_withheld(index: pd.Index, before: pd.DataFrame | None) -> pd.DataFrame:
    if before is None:
        return pd.DataFrame(False, index=index, columns=_HOTLINE)
    return before.reindex(index).fillna(0.0).astype(bool)


def _withhold_parts(
    parts: pd.DataFrame, past: Sequence[pd.DataFrame], mask: pd.DataFrame, small: int
) -> tuple[pd.DataFrame, set[str]]:
    """Return which figures of the parts of a whole are withheld, and which of the whole would give them away."""
    sums: set[str] = set()
    mask = mask.copy()
    if _REST in parts.index:
        mask.loc[_REST] = True
    for each in past:
        mask |= _give_rests_away(parts, each, small)

    def add(figure: str, side: Callable[[pd.DataFrame], pd.Series], changing: str, bound: str) -> None:
        # The counts as they are show what the others can take up; a bound that is withheld does not bound the reader.
        most = np.array(parts[bound], dtype=float) if bound else np.full(len(parts), np.inf)
        found, of_sum = withhold(
            side(parts).to_numpy(),
            small,
            most=most,
            known_most=np.where(mask[bound], np.inf, most) if bound else most,
            already=mask[figure].to_numpy(dtype=bool),
            since=[_since(parts[changing], each[changing], side(each), small) for each in past],
        )
        mask[figure] = found
        sums.update({figure} if of_sum else ())

    for name in _COUNTS:
        add(name, itemgetter(name), name, _BOUNDED_BY.get(name, ""))
    for rate, (part, of) in _RATES.items():
        mask[rate] |= mask[of]
        for _ in range(2):  # what the one side withholds, the other may need
            add(rate, itemgetter(part), part, of)
            add(rate, lambda counts, part=part, of=of: counts[of] - counts[part], part, of)
    return mask, sums


def _since(counts: pd.Series, past: pd.Series, side: pd.Series, small: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which counts have changed since an earlier revision, and its small ones (`side`) that have."""
    is_changed = counts.ne(past.reindex(counts.index))
    return is_changed.to_numpy(), side[(side < small) & is_changed[side.index]].to_numpy(dtype=float)


def _give_rests_away(counts: pd.DataFrame, past: pd.DataFrame, small: int) -> pd.DataFrame:
    """Return which wholes tell a small rest, because the part is what it was in an earlier revision."""
    past, told = past.reindex(counts.index), pd.DataFrame(False, index=counts.index, columns=_HOTLINE)
    for part, of in _RATES.values():
        is_small = (_sides(counts, part, of)[1] < small) | (_sides(past, part, of)[1] < small)
        told[of] = is_small & counts[part].eq(past[part]) & counts[of].ne(past[of])
    return told


def _sides(counts: pd.DataFrame | pd.Series, part: str, whole: str) -> tuple:
    return counts[part], counts[whole] - counts[part]


def withhold(
    values: np.ndarray,
    small: int,
    *,
    most: np.ndarray | None = None,
    known_most: np.ndarray | None = None,
    already: np.ndarray | None = None,
    since: Sequence[tuple[np.ndarray, np.ndarray]] = (),
) -> tuple[np.ndarray, bool]:
    """Return which counts are withheld, and whether their sum has to be withheld too.

    Counts under `small`, zeros among them, come first. Whoever knows the sum and all that stands can still bound each
    of them; until the bounds leave every value from 0 to `small` − 1 possible, the next smallest count is withheld
    as well. The reader is taken to know which counts are small ones.

    Whoever has an earlier revision too and knows what is the same in both can subtract the one sum from the other:
    a count that has not changed covers nothing there, whether it was shown or withheld. So the counts that have
    changed must cover one another, and the small ones that the earlier revision withheld.

    Args:
        values: counts of the table's cells (N,), whose sum is known.
        small: counts under it are withheld.
        most: what each count cannot exceed, infinite by default.
        known_most: the same where a reader can see it, infinite where not; `most` by default.
        already: cells that are withheld for another reason: in an earlier revision, or with what they are a part of.
        since: for each earlier revision which counts were others in it (N,), and those of its small counts that are
            others now (M,).

    Returns:
        The mask (N,); and True where even withholding every cell does not do.
    """
    values = np.asarray(values, dtype=float)
    most = np.full(len(values), np.inf) if most is None else most
    aims = np.minimum(most if known_most is None else known_most, small - 1)
    hidden = values < small
    hidden = hidden if already is None else hidden | already
    checks = [*since, (np.full(len(values), True), np.array([]))]
    for can_cover, gone in checks:
        for cell in np.lexsort((np.arange(len(values)), values)):
            if _is_safe(values, small, most, aims, hidden & can_cover, gone):
                break
            hidden = hidden | (can_cover & (np.arange(len(values)) == cell))
    return hidden, not all(_is_safe(values, small, most, aims, hidden & changed, gone) for changed, gone in checks)


def _is_safe(
    values: np.ndarray, small: int, most: np.ndarray, aims: np.ndarray, hidden: np.ndarray, gone: np.ndarray
) -> bool:
    """Tell whether each small count may still be anything from 0 to its aim, and each of those that are gone."""
    found = values[hidden]
    is_small = found < small
    up = np.where(is_small, np.minimum(most[hidden], small - 1), most[hidden]) - found
    down = found - np.where(is_small, 0, small)
    own, own_aims = found[is_small], aims[hidden][is_small]
    # A small count's own most is finite. What it gives up the others take, and the other way round.
    others_up, others_down = up.sum() - up[is_small], down.sum() - down[is_small]
    is_covered = (others_up >= own).all() and (others_down >= own_aims - own).all()
    return bool(is_covered and (up.sum() >= small - 1 - gone).all() and (down.sum() >= gone).all())
