"""The entry point of `analysis` and `python -m analysis`: the commands of `run/`, and the one of the sample."""

from analysis.run.commands import main as commands
from analysis.sample.command import sample

commands.app.command()(sample)


def main() -> None:
    """Run the command line."""
    commands.main()


if __name__ == "__main__":
    main()
