"""Lots for random inspections that anyone can check (R12, S14): announced, committed to, drawn, replaced, verified."""
