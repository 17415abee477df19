"""What an address looks like: a residence, a road with a number, a building, a room."""

import re

_NUMBER_LETTER = r"[0-9a-z零〇一二三四五六七八九十百甲乙丙丁]"
_NUMBER = rf"{_NUMBER_LETTER}{{1,5}}"
_PART = (
    rf"(?:[东西南北中附之第]?{_NUMBER}\s?(?:号楼|#楼|号院|号|栋|幢|座|单元|门洞|室|户|层|楼|组|弄|#)"
    r"[东西南北中]?(?:户|头|侧|门)?)"
)
_ROOM = r"(?:[〇零一二三四五六七八九]{3,4}|\s?[0-9]{1,4}(?:\s?[-—–/]\s?[0-9]{1,4}){0,3}(?:室|户|号)?)"
_TAIL = rf"(?:[\s,\-—]?(?:{_PART}|{_ROOM})){{0,6}}"
# Letters that end the sentence before a place's name: 在, 住, 于 … are no part of it.
_PLACE = r"[^\W0-9a-z_\ud7a2\ud7a3在住于的是和到从由了为被对向把我你他她请让给至距离映诉询称说]"
_ESTATE = (
    r"(?:小区|花园|家园|花苑|公寓|佳苑|雅苑|嘉苑|家苑|新苑|新村|新城|豪庭|华庭|名邸|府邸|公馆|山庄|别墅|宿舍|苑|家属院|大院|社区|"
    r"大厦|广场|国际|(?<![农乡全本该各渔])村|屯|庄园)"
)
_ROAD = r"(?:路|街|大道|道|巷|胡同|弄|里)"
_NAMED = re.compile(
    rf"(?P<named>{_ESTATE}{{1,3}}{_TAIL}|{_ROAD}[东西南北中]?段?\s?{_NUMBER}\s?(?:号院?|弄|附){_TAIL})"
    rf"|(?<!{_NUMBER_LETTER}){_NUMBER}\s?(?:号楼|#楼|号院|栋|幢|单元|室(?!内|外)){_TAIL}"
    rf"|(?<![0-9a-z])[0-9a-z]{{1,3}}\s?(?:#|座){_TAIL}"
)
_CUED = re.compile(
    r"(?<!〔)(?:家庭住址|现住址|住址|地址|家住|住在|居住在|租住在?|户籍地?|户口|落户|门牌号?)\s?[:是为在于]?\s?(?P<place>[^,。;!?\n\ud7a2\ud7a3]{2,40})"
)
_LETTER = re.compile(_PLACE)
_LONGEST_NAME = 8


def find_addresses(shadow: str) -> list[tuple[int, int]]:
    """Return where addresses stand: what follows a cue, and named places with the letters of their name."""
    cued = [match.span("place") for match in _CUED.finditer(shadow)]
    named = []
    for match in _NAMED.finditer(shadow):
        after = named[-1][1] if named else 0
        start = _name_start(shadow, match.start(), after)
        if not match["named"] or start < match.start() or start == after:
            named.append((start, match.end()))
    return _united(sorted(cued + named))


def _name_start(shadow: str, anchor: int, after: int) -> int:
    """Return where the name before an anchor such as 小区 begins, at most eight letters back."""
    start = anchor
    while start > max(after, anchor - _LONGEST_NAME) and _LETTER.match(shadow[start - 1]):
        start -= 1
    return start


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, stop in spans:
        if united and start <= united[-1][1]:
            start, stop = united[-1][0], max(stop, united.pop()[1])
        united.append((start, stop))
    return united
