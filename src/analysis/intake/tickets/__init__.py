"""Tickets of all channels and their transfers, from delivered files to checked facts (R5, R9, S18–S20)."""
