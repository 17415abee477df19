"""The command `analysis withdraw`: a mistaken draft is withdrawn (作废), with a reason."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def withdraw(
    period: Annotated[str, typer.Argument(help="A month, YYYY-MM.")],
    reason: Annotated[str, typer.Option(prompt="作废原因", help="Why, in one line; it stands on the pages.")],
    decided: Annotated[str, typer.Option("--date", prompt="日期(YYYY-MM-DD)", help="When it was decided, YYYY-MM-DD.")],
    root: Root = Path(),
) -> None:
    """Withdraw a mistaken draft: its pages say so, nothing is deleted, and the next run makes the month anew."""
    from analysis.run.month import parse_day
    from analysis.run.withdraw import withdraw_month

    name = withdraw_month(root, period, reason, parse_day(decided))
    console.say_done(say("{period}: {name} is withdrawn; now: analysis run {period}").format(period=period, name=name))
