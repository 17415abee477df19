"""Tickets counted by month and unit, matter or channel, and for the whole district, in one query."""

GRAINS = ("unit_id", "matter", "channel", "")  # the last one is the whole district


def by_grain(columns: str, *, source: str = "tickets", condition: str = "true", also_by: str = "") -> str:
    """Return the SQL that aggregates the tickets of `$periods`.

    Args:
        columns: the aggregates, with their names.
        source: tickets with period, unit_id, matter and channel.
        condition: which of them count.
        also_by: a further column to group by, followed by a comma.

    Returns:
        A query of the columns period, grain (one of `GRAINS`), item (the id within the grain), and `columns`.
    """
    return f"""select period, case when grouping(unit_id) = 0 then 'unit_id' when grouping(matter) = 0 then 'matter'
        when grouping(channel) = 0 then 'channel' else '' end as grain,
        coalesce(unit_id, matter, channel, '') as item, {columns}
    from {source} where period in (select unnest($periods)) and {condition}
    group by {also_by} grouping sets ((period, unit_id), (period, matter), (period, channel), (period))"""
