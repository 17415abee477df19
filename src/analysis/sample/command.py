"""The command `analysis sample`, registered at the entry point."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, progress_on


def sample(
    folder: Annotated[Path, typer.Argument(help="Where the sample district is written.")],
) -> None:
    """Write the raw files of the fictional sample district (synthetic, deterministic)."""
    from analysis.sample.write import write_sample

    console = PlainConsole(soft_wrap=True)
    with progress_on(console) as progress:
        task = progress.add_task("sample", total=1.0, step="")
        write_sample(folder, progress=lambda step, share: progress.update(task, completed=share, step=step))
    console.print(say("sample district: {folder}").format(folder=folder / "data" / "raw"))
