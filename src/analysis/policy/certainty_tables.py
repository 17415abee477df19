"""The schemas of the tables on certainty and sensitivity; `tables` joins them to the others."""

from analysis.policy.base import TIERS
from analysis.policy.noise import SOURCES
from analysis.policy.schema import count, number, period, table, text

VERDICTS = ("stable", "borderline", "indistinct")
ANALYSES = ("channel_weights", "indicator_weights", "leave_one_out", "alternative")
_TIER = text(among=("", *TIERS))
_SCOPE = text(among=("month", "ytd"))

CERTAINTY_TABLES = (
    table(
        "certainty",
        "period scope unit_id",
        period=period(),
        scope=_SCOPE,
        unit_id=text(),
        total=number(0, 100),
        rank=count(True),
        rank_low=count(True),
        rank_high=count(True),
        rank_low_all=count(True),
        rank_high_all=count(True),
        tier_by_score=_TIER,
        tier_best=_TIER,
        tier_worst=_TIER,
        verdict=text(among=("", *VERDICTS)),
        **{f"p_{tier}": number(0, 1) for tier in TIERS},
        p_bottom_five=number(0, 1),
        p_interview=number(0, 1),
        margin_up_points=number(0, 100),
        margin_down_points=number(0, 100),
        margin_interview_points=number(-100, 100),
        weight_margin_up_points=number(0, 100),
        weight_margin_down_points=number(0, 100),
        weight_margin_interview_points=number(0, 100),
        noise_points=number(0),
        **{f"share_{source}_pct": number(0, 100) for source in SOURCES},
    ),
    table(
        "sensitivity",
        "period scope analysis factor",
        period=period(),
        scope=_SCOPE,
        analysis=text(among=ANALYSES),
        factor=text(),
        first_order=number(),
        first_order_half_width=number(0),
        total_effect=number(),
        total_effect_half_width=number(0),
        rank_correlation=number(-1, 1),
        mean_rank_shift=number(0),
        max_rank_shift=number(0),
        n_tier_changes=count(True),
        status=text(among=("ok", "refused", "constant")),
    ),
)
