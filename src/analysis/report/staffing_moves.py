"""What a move of posts would change, in words: evidence for leadership alone, and no proposal (S41)."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.policy.workload import MoveRules
from analysis.report.page.pieces import Column, number, table, text
from analysis.report.words import DASH, WORDS, fixed, listing, percent, whole

_NO_PROPOSAL = (
    "这是供研究的依据，不是调整建议，不涉及具体人员；未区分行政编制、事业编制和垂直管理单位，"
    "能否调剂按机构编制管理权限和程序研究（S41）。"
)
FILLED = "忙的单位先补满自有空编"
COUNTED = "负荷以期末实有人数为起点，随编制同数增减"  # the load of the year goes over its months
COUNTED_FILLED = "负荷以期末实有人数（忙的单位按补满自有空编计）为起点，随编制同数增减"


def tell_moves(moves: pd.DataFrame, staffing: pd.DataFrame, names: Mapping[str, str], rules: MoveRules) -> str:
    """Return which moves lessen the spread of loads most within the limits, and by how much: evidence, no proposal.

    Args:
        moves: table `staffing_moves` of a month.
        staffing: table `staffing` of it.
        names: of the units.
        rules: the limits.
    """
    filled = f"{FILLED}，" * counts_as_filled(moves, staffing)
    limits = (
        f"至多调整{rules.max_moves}名编制，编制连同在岗人员一并调整，只在可以相互调整的类别之内，"
        f"只由明显闲的单位调往明显忙且空编不足以弥补的单位，{filled}{COUNTED}"
    )
    without = tell_without(moves, staffing, names)
    if moves.empty:
        return f"推演（{limits}）：没有可以缩小负荷差距的调整（S41）。{without}"
    told = [
        f"{names[r.unit_id]}调出编制{r.n_posts}名至{names[r.other_unit_id]}"
        for r in moves[moves["side"] == "from"].itertuples()
    ]
    spread = f"{percent(moves['spread_before'].iloc[0], 1)}降至{percent(moves['spread_after'].iloc[-1], 1)}"
    return (
        f"推演（{limits}）：{listing(told, None)}，各单位负荷的离散程度（标准差）可由{spread}。{without}{_NO_PROPOSAL}"
    )


def counts_as_filled(moves: pd.DataFrame, staffing: pd.DataFrame) -> bool:
    """Tell whether busy units have empty posts that the moves count as filled; an older version's moves do not."""
    busy = _busy_with_free(staffing).set_index("unit_id")["in_post"]
    before = moves.drop_duplicates("unit_id").set_index("unit_id")["in_post_before"]
    return len(busy) > 0 and not (before.reindex(busy.index) == busy).any()


def _busy_with_free(staffing: pd.DataFrame) -> pd.DataFrame:
    return staffing[(staffing["load_state"] == "busy") & (staffing["posts"] > staffing["in_post"])]


def tell_without(moves: pd.DataFrame, staffing: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return what needs no move of staff: filling or giving back empty posts, and posts for those held beyond."""
    more = (staffing["in_post"] - staffing["posts"]).set_axis(staffing["unit_id"])
    givers, takers = (moves.loc[moves["side"] == side, "unit_id"].unique() for side in ("from", "to"))
    filled = [
        f"{names[r.unit_id]}空编{whole(r.posts - r.in_post)}名，补满后负荷"
        f"{percent((r.load * r.in_post if pd.isna(r.posts_needed) else r.posts_needed) / r.posts, 0)}"
        for r in _busy_with_free(staffing).itertuples()
    ]
    free = [f"{names[unit]}有空编{whole(-more[unit])}名" for unit in givers if more[unit] < 0]
    over = [f"{names[unit]}超编{whole(more[unit])}名" for unit in takers if more[unit] > 0]
    told = [f"忙的单位应先补满自有空编，补空编无须调整编制（{listing(filled)}）"] * bool(filled)
    told += [f"调出单位中{listing(free)}，收回空编不涉及人员，也不改变负荷"] * bool(free)
    beyond = [f"{names[unit]}超编{whole(more[unit])}名" for unit in givers if more[unit] > 0]
    told += [f"调出单位中{listing(beyond)}，先消化超编"] * bool(beyond)
    told += [f"调入单位中{listing(over)}，只调编制不调人的，仅使超编转为编内，负荷不变"] * bool(over)
    return f"{'；'.join(told)}。" * bool(told)


def tell_first(moves: pd.DataFrame, staffing: pd.DataFrame) -> str:
    """Return in short what comes before any move of posts, empty where there is none or nothing does."""
    more = (staffing["in_post"] - staffing["posts"]).set_axis(staffing["unit_id"])
    given = more.reindex(moves.loc[moves["side"] == "from", "unit_id"])
    told = ["补满空编"] * bool(len(moves) and len(_busy_with_free(staffing)))
    told += ["收回空编"] * bool((given < 0).any()) + ["消化超编"] * bool((given > 0).any())
    return f"编制调整前先{listing(told)}。" * bool(told)


def posts_of_moves(moves: pd.DataFrame, staffing: pd.DataFrame) -> dict[object, tuple[float, float]]:
    """Return index of a row of `staffing_moves` → authorised posts before and after, step by step."""
    posts, found = dict(zip(staffing["unit_id"], staffing["posts"], strict=True)), {}
    for row in moves.itertuples():
        before = posts.get(row.unit_id, float("nan"))
        posts[row.unit_id] = before + row.n_posts * (1 if row.side == "to" else -1)
        found[row.Index] = (before, posts[row.unit_id])
    return found


def tell_move(moves: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return what one move chosen by hand does to the spread of loads."""
    row = next(moves[moves["side"] == "from"].itertuples())
    before, after = percent(row.spread_before, 1), percent(row.spread_after, 1)
    way = "不变" if before == after else "缩小" if row.spread_after < row.spread_before else "扩大"
    return (
        f"由{names[row.unit_id]}调出编制{row.n_posts}名至{names[row.other_unit_id]}，各单位负荷的离散程度（标准差）"
        f"由{before}至{after}，{way}。{_NO_PROPOSAL}"
    )


def moves_columns(
    moves: pd.DataFrame, staffing: pd.DataFrame, names: Mapping[str, str], arrow: str = " → "
) -> list[Column]:
    """Return the columns of a table of moves, posts and staff before and after among them.

    Args:
        moves: table `staffing_moves` of a month.
        staffing: table `staffing` of it.
        names: of the units.
        arrow: what stands between before and after.
    """
    posts = posts_of_moves(moves, staffing)

    def told(before: float, after: float, write) -> str:
        return DASH if pd.isna(before) else f"{write(before)}{arrow}{write(after)}"

    def change(name: str, write) -> object:
        return lambda r: told(getattr(r, f"{name}_before"), getattr(r, f"{name}_after"), write)

    return [
        text("推演", lambda r: f"{r.move}．{WORDS.move_sides[r.side]}编制{r.n_posts}名"),
        text("单位", "unit_id", names),
        number("核定编制", lambda r: told(*posts[r.Index], whole)),
        number("假定实有人数", change("in_post", whole)),
        number("所需编制", "posts_needed", whole),
        number("负荷", change("load", lambda value: percent(value, 0))),
        number("人均工作量", change("workload_per_head", lambda value: fixed(value, 1))),
        number("组内负荷位次", change("load_rank", str)),
    ]


def moves_table(moves: pd.DataFrame, staffing: pd.DataFrame, names: Mapping[str, str]) -> Markup | str:
    """Return what each move changes on both sides, posts and staff among it; empty where there is none."""
    if moves.empty:
        return ""
    filled = f"；{FILLED}" * counts_as_filled(moves, staffing)
    caption = f"编制调整推演（依次进行，每一步接在前一步之后{filled}；负荷位次1为最重）"
    return table(moves_columns(moves, staffing, names), moves, caption, css="")
