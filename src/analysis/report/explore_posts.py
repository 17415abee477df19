"""A panel of a researcher's notebook: what a move of posts would change, within the limits of `params/workload.yml`."""

from collections.abc import Sequence

import ipywidgets as widgets
import pandas as pd

from analysis.insight.staffing_moves import Move, find_moves, try_moves
from analysis.policy.book import Policy
from analysis.report.controls import NAMED, Slider, fill_list, follow_controls, make_slider
from analysis.report.page.pieces import banner, paragraphs
from analysis.report.staffing_moves import moves_table, tell_move, tell_moves
from analysis.report.words import WORDS

_MOST_POSTS = 50


def posts_panel(staffing: pd.DataFrame, policy: Policy) -> widgets.Widget:
    """Return sliders of how many posts may move, with the best moves, and of one move of one's own (S41).

    A unit that is protected gives none, posts stay within their pool, and one post stays with whoever gives.

    Args:
        staffing: table `staffing` of the month.
        policy: the rules in force.
    """
    rules = policy.workload.moves
    known = staffing[staffing["load"].notna() & (staffing["in_post"] > 0)].set_index("unit_id")
    known = known.loc[[unit for unit in policy.unit_ids if unit in known.index]]
    givers = [unit for unit in known.index[known["in_post"] > 1] if unit not in rules.protected]
    if not givers:
        return widgets.HTML(banner("编制与工作量数据不足，不能推演编制调整（S40）。"))
    most = make_slider(WORDS.keys["workload.moves.max_moves"][0], rules.max_moves, _MOST_POSTS, 1)
    best = widgets.HTML()

    def search(_=None) -> None:
        limits = rules.model_copy(update={"max_moves": most.value})
        moves = try_moves(staffing, find_moves(staffing, limits))
        told = tell_moves(moves, staffing, policy.names, limits)
        best.value = paragraphs([told]) + moves_table(moves, staffing, policy.names)

    follow_controls([most], search)
    return widgets.VBox([most, best, *_own_move(staffing, known, givers, most, policy)])


def _own_move(
    staffing: pd.DataFrame, known: pd.DataFrame, givers: Sequence[str], most: Slider, policy: Policy
) -> list[widgets.Widget]:
    """Return lists of who gives and who takes, a slider of how many posts, and what that changes."""
    names, pools = policy.names, known["group"].map(policy.workload.moves.pool_of)
    giver = widgets.Dropdown(options=[(names[unit], unit) for unit in givers], description="调出单位", **NAMED)
    taker = widgets.Dropdown(description="调入单位", **NAMED)
    count, told = make_slider("调整编制（名）", 1, most.value, 1), widgets.HTML()

    def offer(_=None) -> None:
        mates = known.index[(pools == pools[giver.value]) & (known.index != giver.value)]
        fill_list(taker, [(names[unit], unit) for unit in mates])

    def limit(_=None) -> None:
        count.max = min(most.value, int(known["in_post"][giver.value]) - 1)

    def move(_=None) -> None:
        if taker.value is None:
            told.value = banner(
                f"{names[giver.value]}所在类别没有可以相互调整编制的单位（params/workload.yml：pools）。"
            )
            return
        moves = try_moves(staffing, [Move(giver.value, taker.value, count.value)])
        told.value = paragraphs([tell_move(moves, names)]) + moves_table(moves, staffing, names)

    follow_controls([giver], offer)
    follow_controls([most, giver], limit)
    follow_controls([giver, taker, count], move)
    return [giver, taker, count, told]
