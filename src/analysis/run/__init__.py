"""How does a month run? Pipeline, store of tables, fleet of districts, command line."""

import analysis.report  # noqa: F401  it spares every process that loads a notebook library a second
