"""What a number or an account that points to a person looks like.

Each pattern meets a shadow of the ticket's text. In it every digit and Latin letter is narrow and small, one
character for one, so that a place found in the shadow is the same place in the text. Between the digits of a
number stands anything that is neither letter nor digit, up to three characters.
"""

import re

_GAP = r"[\W_]{0,3}"
_TIGHT = r"[\s\-—–.·_/\u200b-\u200d\u2060\ufeff]{0,3}"  # inside long numbers: no comma between amounts
_D = r"[0-9]"
_NOT_AFTER_DIGIT, _NOT_BEFORE_DIGIT = r"(?<![0-9])", r"(?![0-9])"


def _digits(count: str, gap: str = _GAP) -> str:
    return f"(?:{gap}{_D}){{{count}}}"


_DAY_OF_BIRTH = rf"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])" + rf"{_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}{_D}|3{_GAP}[01])"
IDENTITY = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?<![0-9][\W_])[1-8]{_digits('5')}(?:{_GAP}(?:1{_GAP}[89]|2{_GAP}0))?{_digits('2')}{_DAY_OF_BIRTH}"
    rf"{_digits('3')}(?:{_GAP}[0-9x×](?![a-z0-9]))?(?!{_TIGHT}[0-9])"
    rf"|{_NOT_AFTER_DIGIT}[0-9]{{3,6}}[*×]{{4,}}[0-9]{{1,5}}[0-9x](?![a-z0-9])"
    r"|(?<![a-z0-9])(?:[egdpshcm][a-z]?|京)[- ]?[0-9]{8,10}(?![a-z0-9])"
)
DATE = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?:19|20)[0-9]{{2}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}日?"
    rf"(?:[ t]*[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?{_NOT_BEFORE_DIGIT}"
)
# A time of day behind a date: no number of a person is written so.
MOMENT = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?:19|20)[0-9]{{2}}[-/.年][0-9]{{1,2}}[-/.月][0-9]{{1,2}}日?[ t]*[0-9]{{1,2}}:[0-9]{{2}}"
    rf"(?::[0-9]{{2}}(?:\.[0-9]{{1,9}})?)?(?:z|[+-][0-9]{{2}}:?[0-9]{{2}})?{_NOT_BEFORE_DIGIT}"
)
MOBILE = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?:(?:\+|00)?{_GAP}8{_GAP}6{_GAP})?1{_GAP}[3-9](?:{_digits('9')}{_NOT_BEFORE_DIGIT}"
    rf"|{_D}[*x]{{4,5}}{_D}{{3,4}})"
)
_STARTS_AS_MOBILE = rf"(?:(?:00)?86{_GAP}1[3-9]|1[3-9][0-9]{{9}}(?![0-9]))"
CARD = re.compile(rf"{_NOT_AFTER_DIGIT}(?!{_STARTS_AS_MOBILE}){_D}{_digits('12,', _TIGHT)}")
LONG_NUMBER = re.compile(rf"{_D}{{11,}}")
LANDLINE = re.compile(
    rf"{_NOT_AFTER_DIGIT}\(?0{_digits('2,3')}{_GAP}[2-9]{_digits('6,7')}{_NOT_BEFORE_DIGIT}"
    rf"|{_NOT_AFTER_DIGIT}(?!20[0-3][0-9][01][0-9][0-3][0-9])[2-8][0-9]{{7}}{_NOT_BEFORE_DIGIT}"
    rf"|{_NOT_AFTER_DIGIT}[3-8][0-9]{{2,3}}[-— ][0-9]{{4}}{_NOT_BEFORE_DIGIT}"
    r"|(?<=电话|座机|手机|号码|方式|致电|拨打|回电)[^0-9\u4e00-\u9fff]{0,3}(?:[是为号]{1,2}[^0-9\u4e00-\u9fff]{0,2})?"
    rf"[1-9]{_digits('6,12')}{_NOT_BEFORE_DIGIT}"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
PLATE = re.compile(
    rf"(?:[{_PROVINCES}][\W_]{{0,2}}[a-z]|wj[\W_]{{0,2}}[{_PROVINCES}])[\W_]{{0,2}}(?:[a-z0-9][\W_]{{0,2}}){{4,5}}"
    r"(?:[a-z0-9](?![a-z0-9])|[挂学警港澳领使])"
    r"|(?P<cue>(?:车牌号?码?|车号|牌照|尾号)\s?[:是为]?\s?)(?=[a-z]{0,5}[0-9])[a-z0-9]{4,7}(?![a-z0-9])"
)
EMAIL = re.compile(
    r"(?P<cue>(?:邮箱|邮件|email|e-mail)(?:地址)?\s?[:是为]?\s?)[a-z0-9][a-z0-9._-]{3,}(?![^\S\n]?[@a-z0-9._-])|"
    r"[a-z0-9][a-z0-9._%+-]*\s?(?:@|[(\[#]\s?at\s?[)\]#]|\sat\s|艾特)\s?"
    r"[a-z0-9-]+(?:\s?(?:\.|。|点|\sdot\s|[(\[]dot[)\]])\s?[a-z0-9-]+)+"
    r"|[a-z0-9][a-z0-9._-]*[^\w\s]{1,2}[a-z0-9-]{2,15}\.(?:com|cn|net|org)\b"
)
_SERVICES = (
    r"(?:微信|威信|薇信|v信|weixin|wechat|[wv]x|[微威薇v]\W{1,3}|加[vq]|qq|扣扣|企鹅号|q号|q群|抖音|快手|支付宝)"
)
ACCOUNT = re.compile(
    rf"(?P<cue>{_SERVICES}[^a-z0-9,.。;\n]{{0,8}}?)(?:[a-z0-9][a-z0-9_-]{{4,30}}|{_D}{_digits('4,10')})"
    rf"|(?<![a-z0-9])[vq](?:{_GAP}[0-9]){{5,11}}(?![a-z0-9])"
    rf"|(?<![a-z0-9])[a-z][a-z0-9_-]{{4,30}}(?=[^a-z0-9,.。;\n]{{0,4}}{_SERVICES})"
    r"|(?<![a-z0-9_-])(?=[a-z_-]*[0-9])(?=[0-9_-]*[a-z])[a-z0-9_-]{6,30}(?![a-z0-9_-])"
)
