"""The open tables of tickets: which figures are withheld, so that no small count can be worked out (S46).

A withheld count leaves every value under `small_count` possible, whatever stands in either table, in an earlier
revision or on the public page, and even if a reader knows which of the withheld counts are small.
"""

from collections.abc import Iterator, Mapping, Sequence

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
    before: dict[str, set[tuple[str, ...]]] = {name: set() for name in _KEYS}
    for tables in history:
        measures = _measures(tables)
        masks = _withheld(measures, packs.small_count, before)
        for name, mask in masks.items():
            before[name] |= {(*measures[name].loc[row, _KEYS[name]], rate) for row, rate in _places(mask)}
    return {
        name: measures[name][["period", *_KEYS[name]]].join(_shown(measures[name], masks[name])) for name in measures
    }


def withheld_totals(tables: Tables, packs: PackRules) -> set[str]:
    """Return the figures of the whole district that are withheld: counts `n_…` and rates `…_pct` (S46)."""
    measures = _measures(tables)
    mask = _withheld(measures, packs.small_count, {name: set() for name in _KEYS})["hotline_by_channel"]
    is_whole = measures["hotline_by_channel"]["channel"] == WHOLE
    return set(mask.columns[mask[is_whole].any()])


def _measures(tables: Tables) -> dict[str, pd.DataFrame]:
    # A matter that no clause names is text as delivered: nobody has looked at what stands in it.
    matters = tables["hotline_by_matter"].query("matter_id != ''")
    return {
        "hotline_by_matter": matters.reset_index(drop=True),
        "hotline_by_channel": tables["hotline_by_channel"].reset_index(drop=True),
    }


def _places(mask: pd.DataFrame) -> Iterator[tuple[int, str]]:
    return ((row, name) for name in mask for row in mask.index[mask[name]])


def _shown(measures: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    return measures[_HOTLINE].astype(dict.fromkeys(_COUNTS, "Int64")).mask(mask)


def _withheld(
    measures: Mapping[str, pd.DataFrame], small: int, before: Mapping[str, set[tuple[str, ...]]]
) -> dict[str, pd.DataFrame]:
    """Return table → which of its figures are withheld (rows as in `measures`, columns `_HOTLINE`)."""
    channels = measures["hotline_by_channel"]
    whole = channels[channels["channel"] == WHOLE]
    parts = {"hotline_by_channel": channels.drop(whole.index), "hotline_by_matter": measures["hotline_by_matter"]}
    masks, of_whole = {}, {name for name in _COUNTS if (whole[name] < small).any()}
    of_whole |= {rate for rate, sides in _RATES.items() if any((each < small).any() for each in _sides(whole, *sides))}
    for name, table in parts.items():
        # What no row names is a part of the whole that nobody is shown.
        rest = whole[_ADDED].sum() - table[_ADDED].sum() if name == "hotline_by_matter" else None
        mask = _was_withheld(table, _KEYS[name], before[name])
        masks[name], sums = _withhold_parts(table[_ADDED], rest, mask, small)
        of_whole |= sums
    for mask in masks.values():  # without a sum that is not to be known, there are no parts that add up to it
        mask[sorted(of_whole & set(_COUNTS))] = True
    told = pd.DataFrame({name: name in of_whole for name in _HOTLINE}, index=whole.index)
    told |= _was_withheld(whole, ["channel"], before["hotline_by_channel"])
    masks["hotline_by_channel"] = pd.concat([masks["hotline_by_channel"], told]).reindex(channels.index)
    return masks


def _was_withheld(table: pd.DataFrame, keys: list[str], before: set[tuple[str, ...]]) -> pd.DataFrame:
    told = {name: [(*row, name) in before for row in table[keys].itertuples(index=False)] for name in _HOTLINE}
    return pd.DataFrame(told, index=table.index, dtype=bool)


def _withhold_parts(
    parts: pd.DataFrame, rest: pd.Series | None, mask: pd.DataFrame, small: int
) -> tuple[pd.DataFrame, set[str]]:
    """Return which figures of the parts of a whole are withheld, and which of the whole would give them away."""
    sums: set[str] = set()
    mask = mask.copy()

    def add(figure: str, counts: pd.Series, bound: str, of_rest: float) -> None:
        unlisted = [] if rest is None else [of_rest]
        # The counts as they are show what the others can take up; a bound that is withheld does not bound the reader.
        most = np.array(parts[bound], dtype=float) if bound else np.full(len(parts), np.inf)
        known = np.where(mask[bound], np.inf, most) if bound else most
        found, of_sum = withhold(
            np.append(counts, unlisted),
            small,
            most=np.append(most, [rest[bound] if bound else np.inf for _ in unlisted]),
            known_most=np.append(known, [np.inf for _ in unlisted]),
            already=np.append(mask[figure], np.full(len(unlisted), True)).astype(bool),
        )
        mask[figure] |= found[: len(counts)]
        sums.update({figure} if of_sum else ())

    for name in _COUNTS:
        add(name, parts[name], _BOUNDED_BY.get(name, ""), 0 if rest is None else rest[name])
    for rate, sides in _RATES.items():
        mask[rate] |= mask[sides[1]]
        others = (0, 0) if rest is None else _sides(rest, *sides)
        for _ in sides:  # what the one side withholds, the other may need
            for counts, of_rest in zip(_sides(parts, *sides), others, strict=True):
                add(rate, counts, sides[1], of_rest)
    return mask, sums


def _sides(counts: pd.DataFrame | pd.Series, part: str, whole: str) -> tuple:
    return counts[part], counts[whole] - counts[part]


def withhold(
    values: np.ndarray,
    small: int,
    *,
    most: np.ndarray | None = None,
    known_most: np.ndarray | None = None,
    already: np.ndarray | None = None,
) -> tuple[np.ndarray, bool]:
    """Return which counts are withheld, and whether their sum has to be withheld too.

    Counts under `small`, zeros among them, come first. Whoever knows the sum and all that stands can still bound each
    of them; until the bounds leave every value from 0 to `small` − 1 possible, the next smallest count is withheld
    as well. The reader is taken to know which counts are small ones.

    Args:
        values: counts of the table's cells (N,), whose sum is known.
        small: counts under it are withheld.
        most: what each count cannot exceed, infinite by default.
        known_most: the same where a reader can see it, infinite where not; `most` by default.
        already: cells that are withheld for another reason: in an earlier revision, or with what they are a part of.

    Returns:
        The mask (N,); and True where even withholding every cell does not do.
    """
    values = np.asarray(values, dtype=float)
    most = np.full(len(values), np.inf) if most is None else most
    aims = np.minimum(most if known_most is None else known_most, small - 1)
    is_small = values < small
    hidden = is_small if already is None else is_small | already
    if not is_small.any():
        return hidden, False
    for cell in np.lexsort((np.arange(len(values)), values)):
        if _is_safe(values, small, most, aims, hidden):
            return hidden, False
        hidden = hidden | (np.arange(len(values)) == cell)
    return hidden, not _is_safe(values, small, most, aims, hidden)


def _is_safe(values: np.ndarray, small: int, most: np.ndarray, aims: np.ndarray, hidden: np.ndarray) -> bool:
    """Tell whether each small count may still be anything from 0 to its aim."""
    is_small = values[hidden] < small
    rest = values[hidden].sum()
    highest = np.where(is_small, np.minimum(most[hidden], small - 1), most[hidden])
    lowest = np.where(is_small, 0, small)
    others_take = highest.sum() - highest[is_small]  # a small one's own most is finite
    return bool((rest <= others_take).all() and (rest - lowest.sum() >= aims[hidden][is_small]).all())
