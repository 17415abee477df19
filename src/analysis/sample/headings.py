"""Title and head line of a delivery, and the words that say that it is synthetic."""

from datetime import datetime, timedelta

from analysis.policy.period import month_end
from analysis.policy.sheets import Delivery
from analysis.sample.world import World


def heading(world: World, period: str, delivery: Delivery) -> tuple[str, str]:
    """Return the title row and the head line of a delivery of a month."""
    district = world.book.district.name
    kind = world.book.sheets.kinds[delivery.kind]
    stem = delivery.file.rpartition(".")[0]
    name = stem if kind.title in stem else kind.title
    day = sent_on(period)
    title = f"{district}{int(period[:4])}年{int(period[5:])}月{name}(模拟数据)"
    return title, f"填报单位：{delivery.office}    填报日期：{day.year}年{day.month}月{day.day}日"


def sent_on(period: str) -> datetime:
    """Return when a month's deliveries were made: the fourth day of the next month."""
    end = month_end(period)
    return datetime(end.year, end.month, end.day) + timedelta(days=4)
