"""Tickets of all channels and their transfers, from delivered files to checked facts (R5, R9, S18–S20)."""

from analysis.intake.tickets.clean import TicketIntake, clean_tickets
from analysis.intake.tickets.header import TicketLayout, read_head, ticket_layout

__all__ = [
    "TicketIntake",
    "TicketLayout",
    "clean_tickets",
    "read_head",
    "ticket_layout",
]
