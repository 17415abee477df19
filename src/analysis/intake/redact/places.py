"""What an address looks like: a residence, a road with a number, a building, a room.

A place's name alone is public: a town, a road, a village, 老旧小区. It is an address with a number behind it, as an
estate with a name of its own, or after a cue such as 家住.
"""

import re

_NUMBER_LETTER = r"[0-9a-z零〇一二三四五六七八九十百甲乙丙丁]"
_NUMBER = rf"{_NUMBER_LETTER}{{1,5}}"
_PART = (
    rf"(?:[东西南北中附之第]?{_NUMBER}\s?(?:号楼|#楼|号院|号|栋|幢|座|单元(?!格)|门洞|门|室|户|层|楼|组|队|弄|巷|排|#)"
    r"[东西南北中]?(?:户|头|侧|门)?)"
)
_ROOM = r"(?:[〇零一二三四五六七八九]{3,4}|\s?[0-9]{1,4}(?:\s?[-—–/]\s?[0-9]{1,4}){0,3}(?:室|户|号)?)"
_COUNTED = r"(?!\s?(?:元|人|米|平|亩|天|年|月|次|个|家|件|万|%|[0-9]|\.))"
_TAIL = rf"(?:[\s,\-—]?(?:{_PART}|{_ROOM}{_COUNTED})){{1,6}}"
# Letters that end the sentence before a place's name: 在, 住, 于 … are no part of it.
_LETTER = re.compile(
    r"[^\W0-9a-z_\ud7a2\ud7a3在住于的是和到从由了为被对向把我你他她请让给至距离映诉询称说及与有无进们]|和(?=[平谐顺泰兴美]里)"
)
_ESTATE = (
    "(?:小区|花园|家园|花苑|公寓|佳苑|雅苑|嘉苑|家苑|新苑|名苑|御苑|新村|豪庭|华庭|名邸|府邸|公馆|山庄|别墅|家属院|家属楼|宿舍楼?|庄园|名都|名城|华府|"
    "雅居|新居|佳园|嘉园|雅园|锦园|世家|华城|御府|花城|水岸|[东西南北]苑|苑|[一二三四五六]期|[东西南北]区)"
)
_BUILT = (
    rf"(?:{_ESTATE}|社区|新城|大厦|大楼|写字楼|广场|国际|中心|大院|村|村民小组|坡|湖|筒子楼|庄|屯|寨|营|店|堡|沟|镇|乡|街道|里|园|院|坊|郡|墅|湾|府|庭|城|"
    "市场|商场|学校|厂)"
)
_ROAD = r"(?:路|街|大道|大街|道|巷|胡同|弄|里)"
_WAY = (
    r"[东西南北]{1,2}(?:侧|边|面)?(?:约|大约)?\s?[0-9一二三四五六七八九十百两]{1,5}\s?米(?:处|左右)?(?:路?[东西南北])?"
)
_HOUSE = rf"第?{_NUMBER}(?:家|户|个门|间)"
_NAMED = re.compile(
    rf"(?P<named>{_BUILT}{{1,3}}{_TAIL}|{_ROAD}[东西南北中头尾]?段?\s?{_NUMBER}\s?(?:号院?|弄|附)(?:{_TAIL})?"
    rf"|(?:沿|浜|组|坞|埭|畈|坪|坝|堰|岙|墩|垄|垸)[甲乙丙丁]?\s?{_NUMBER}\s?号[甲乙丙丁]?(?:[东西南北]?厢?房)?(?:{_TAIL})?"
    rf"|{_ROAD}(?:口|交叉口|交汇处|路口)?(?:往|向|以)?{_WAY}(?:{_HOUSE})?)"
    rf"|(?P<estate>(?:{_ESTATE}){{1,3}})"
    rf"|(?<!{_NUMBER_LETTER}){_NUMBER}\s?(?:号楼|#楼|号院|单元(?!格))(?:{_TAIL})?"
    rf"|(?<!{_NUMBER_LETTER}){_NUMBER}\s?(?:栋|幢|组)(?:{_TAIL})"
    r"|(?<![0-9a-z\ud7a2\ud7a3-])[1-9][0-9]?[-—–][1-9][0-9]?[-—–](?!(?:19|20)[0-9]{2})[1-9][0-9]{2,3}(?![0-9a-z-])"
    rf"|(?<!{_NUMBER_LETTER})[0-9]{{3,4}}\s?(?:室(?!内|外)|房间?(?!屋))"
    rf"|(?<![0-9a-z])(?:[0-9]{{1,3}}#|[a-z][0-9]?\s?座|[0-9]{{1,2}}\s?座\s?(?=[0-9]))(?:{_TAIL})?"
)
_ENDS_CUED = (
    "(?:反映|投诉|来电|咨询|举报|求助|要求|希望|建议|表示|发现|称|的(?:市民|居民|业主|群众|村民)|"
    r"[,。;!?\n\ud7a2\ud7a3])"
)
_CUED = re.compile(
    r"(?<!〔)(?:家庭住址|现住址|住址|地址|家住|现住|住所|住在(?![上下]游|同一|一起|[这那]|附近|楼[上下]|里|外|城|乡下|农村)|居住[在于]|租住(?!户|人)[在于]?|租房[在于]|户籍(?:地|(?=[:是为在于\s]|[^\W]{0,8}[省市区县镇乡村路街巷]))(?!外[省地市区县]|本[地市省区县]|人口|制度|管理|改革|窗口|科|室|民警|警|信息|证明|迁|性质|大厅)|"
    rf"户口所在地|落户[在于]|门牌号?|收货地|邮寄[到至]|邮编|家在|我家[是在]|所在位置)\s?[:是为在于]{{0,2}}\s?"
    rf"(?!与|和|及|变[更动]|附近|不|有误|错|信息|登记|证明|是否|哪|未|需(?!改)|应(?![为是])|可(?!能)|须|为?空|栏|填写?[不错]|核|由|已(?![改更变])|确认|迁)(?P<place>(?:(?!{_ENDS_CUED}).){{2,40}})"
)
# What such a place is called when it is none in particular.
_KIND_OF = re.compile(
    "(?:号线|老旧|智慧|示范|文明|平安|和谐|绿色|居民|住宅|封闭|开放|无物业|各|全|本|该|某|进|入|出|到|青年|其他|周边|附近|多个|部分|新建|拆迁|安置|物业|农村|城区|职工|学生|员工|廉租|人才|"
    "学校|学院|高校|大学|中学|小学|单位|公司|工地|公租房?|男生|女生|楼上|楼下|隔壁|对面|[高初]中部?|老|美丽|幸福|精品|宜居|园林|老年|集体|完整|高层|商业|共建|我们?|你们?|他们?|所在|所住|[一二三四五六]个|[0-9]个|一?些|家|同|此|这|那|等|和|区|市|县|村|镇)*"
)
_KIND_BEFORE = re.compile(
    "(?:老旧|智慧|示范|建设|共建|老年|高层|商业|封闭|开放|无物业|新建|安置|拆迁|多个|部分|周边|附近|其他|住宅|居民|物业)$"
)
# An office's own address is public, before its name or behind it; so is an estate's name within an institution's.
_OFFICES = "(?:办事处|政府|管委会|委员会|村委会|居委会|接待室|[处局所站部院馆]|中心|大厅|大队|中队|窗口|法庭|银行|网点)"
_OFFICE = re.compile(
    rf"{_OFFICES}(?:的?(?:办公|办理|咨询|受理|联系|新|现)*(?:地址|地点|位置|位于|设[在于]|迁[至到]|搬[至到]|在|地处)\s?[:是为在于]{{0,2}}\s?"
    r"|[0-9一二三四五六七八九十]{1,2}[楼层])$"
)
_OFFICE_BEHIND = re.compile(
    "窗口|柜台|[省市区县]?(?:住建|人社|民政|教育|公安|税务|城管|卫健|市场监管|政务服务|行政审批|自然资源|医保|财政|司法|信访|交通|水务|农业农村|应急|文旅)[\u4e00-\u9fff]{0,2}?(?:局|委|厅|办|中心)"
)
_INSTITUTION = re.compile(
    "(?:社区)?(?:托养|养老|康养|托育|服务|活动|党群|卫生|文体)[\u4e00-\u9fff]{0,4}?(?:中心|站|院|机构)|幼儿园|小学|中学|学校|养老院|医院|派出所|超市|酒店|饭店"
)
_HALL = re.compile("(?:市场|商场|学校|厂|广场|中心|大厦|写字楼)[东西南北]?[0-9一二三四五六七八九十]{1,3}(?:层|楼|门)$")
_LONGEST_NAME = 8
_SHORTEST = 2
_COUNTS = ("个", "各", "多", "几")


def find_addresses(shadow: str) -> list[tuple[int, int]]:
    """Return where addresses stand: what follows a cue, and named places with the letters of their name."""
    cued = [match.span("place") for match in _CUED.finditer(shadow)]
    named: list[tuple[int, int]] = []
    for match in _NAMED.finditer(shadow):
        after = named[-1][1] if named else 0
        anchor = match.start()
        start = _name_start(shadow, anchor, after) if match["named"] or match["estate"] else anchor
        own = shadow[start:anchor]
        is_named = len(_KIND_OF.sub("", own, count=1)) >= _SHORTEST and not _KIND_BEFORE.search(own)
        if start == after > 0 or is_named or not (match["estate"] or shadow[anchor - 1 : anchor] in _COUNTS):
            named.append((start, match.end()))
    return [span for span in _united(sorted(cued + named)) if not _is_public(shadow, *span)]


def _is_public(shadow: str, start: int, stop: int) -> bool:
    """Say whether an address is an office's or an institution's, or a floor of a public hall."""
    return bool(
        _OFFICE.search(shadow, max(0, start - 30), start)
        or _OFFICE_BEHIND.match(shadow, stop)
        or (_INSTITUTION.match(shadow, stop) and not re.search(r"[0-9]", shadow[start:stop]))
        or _HALL.search(shadow, start, stop)
    )


def _name_start(shadow: str, anchor: int, after: int) -> int:
    """Return where the name before an anchor such as 小区 begins, at most eight letters back."""
    start = anchor
    while start > max(after, anchor - _LONGEST_NAME) and _LETTER.match(shadow, start - 1):
        start -= 1
    return start


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start, stop in spans:
        if united and start <= united[-1][1]:
            start, stop = united[-1][0], max(stop, united.pop()[1])
        united.append((start, stop))
    return united
