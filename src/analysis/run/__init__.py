"""How does a month run? Pipeline, store of tables, fleet of districts, command line."""
