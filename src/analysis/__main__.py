"""`python -m analysis` is the command line."""

from analysis.run.cli import main

main()
