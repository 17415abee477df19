"""A panel of a researcher's notebook: what a move of posts would change, within the limits of `params/workload.yml`."""

import ipywidgets as widgets
import pandas as pd

from analysis.insight.staffing_moves import Move, find_moves, try_moves
from analysis.policy.book import Policy
from analysis.report.controls import NAMED, fill_list, follow_controls, make_slider
from analysis.report.page.pieces import banner, paragraphs
from analysis.report.staffing import moves_table, tell_move, tell_moves
from analysis.report.words import WORDS

_MOST_POSTS = 50


def posts_panel(staffing: pd.DataFrame, policy: Policy) -> widgets.Widget:
    """Return sliders of how many posts may move, with the best moves, and of one move of one's own (S41).

    A unit that is protected gives none, posts stay within their pool, and one post stays with whoever gives.

    Args:
        staffing: table `staffing` of the month.
        policy: the rules in force.
    """
    rules, names = policy.workload.moves, policy.names
    known = staffing[staffing["load"].notna() & (staffing["in_post"] > 0)].set_index("unit_id")
    pools = known["group"].map(rules.pool_of)
    givers = [u for u in policy.unit_ids if u in known.index and known["in_post"][u] > 1 and u not in rules.protected]
    if not givers:
        return widgets.HTML(banner("编制与工作量数据不足，不能推演编制调整（S40）。"))
    most = make_slider(WORDS.keys["workload.moves.max_moves"][0], rules.max_moves, _MOST_POSTS, 1)
    giver = widgets.Dropdown(options=[(names[u], u) for u in givers], description="调出单位", **NAMED)
    taker = widgets.Dropdown(description="调入单位", **NAMED)
    count = make_slider("调整编制（名）", 1, rules.max_moves, 1)
    best, told = widgets.HTML(), widgets.HTML()

    def offer(_=None) -> None:
        mates = [u for u in policy.unit_ids if u in known.index and u != giver.value and pools[u] == pools[giver.value]]
        fill_list(taker, [(names[u], u) for u in mates])

    def limit(_=None) -> None:
        count.max = min(most.value, int(known["in_post"][giver.value]) - 1)

    def search(_=None) -> None:
        limits = rules.model_copy(update={"max_moves": most.value})
        moves = try_moves(staffing, find_moves(staffing, limits))
        best.value = paragraphs([tell_moves(moves, names, limits)]) + moves_table(moves, names)

    def move(_=None) -> None:
        if taker.value is None:
            told.value = banner(
                f"{names[giver.value]}所在类别没有可以相互调整编制的单位（params/workload.yml：pools）。"
            )
            return
        moves = try_moves(staffing, [Move(giver.value, taker.value, count.value)])
        told.value = paragraphs([tell_move(moves, names)]) + moves_table(moves, names)

    follow_controls([giver], offer)
    follow_controls([most, giver], limit)
    follow_controls([most], search)
    follow_controls([giver, taker, count], move)
    return widgets.VBox([most, best, giver, taker, count, told])
