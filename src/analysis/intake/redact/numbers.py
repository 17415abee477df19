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
_LINK = r"\s?(?:号码|号|编号|后[0-9一二三四五六七八]位|尾号|尾数)?\s{0,2}[:(是为叫\[]{0,2}\s{0,2}"
# What counts things: a number before it is an amount.
_UNITS = r"(?![0-9]|\.[0-9]|\s?(?:元|万|亿|人|户|米|平|亩|吨|件|个|条|辆|次|名|岁|年|天|小时|分|%|公里|号文))"


def _digits(count: str, gap: str = _GAP) -> str:
    return f"(?:{gap}{_D}){{{count}}}"


# Words that people speak between the digits of a number.
_WORD = (
    "(?:然后|接着|中间|后[面边]|后四位|[先再]拨?|转|接|加|空一?格?|横杠?|短横|杠|减|点|和|到|是|个|拨|尾号|尾数|前面|分机|之后|最后|末尾|开头|"
    "[前中后]?面?[二两三四五]个|[前中后][二两三四]位|[a-z]{1,3})"
)
_SAID = rf"(?:[\W_]{{0,4}}(?:{_WORD}[\W_]{{0,3}}){{0,3}})"
_BETWEEN = r"[\s\-—.·/]{0,3}(?:(?:然后|接着|中间|后面|[先再]拨?|转|接|加|空一?格?|杠|点)\s?)?"
_DAY_OF_BIRTH = rf"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])" + rf"{_GAP}(?:0{_GAP}[1-9]|[12]{_GAP}{_D}|3{_GAP}[01])"
_PAPERS = (
    "(?:身份证件?|证件|护照|通行证|回乡证|台胞证|军官证|士兵证|警官证|驾驶证|驾照|行驶证|居住证|居留证|永居证|社保卡?|医保卡?|残疾证|"
    "户口[簿本]|档案|学籍|(?<!生产)(?<!施工)(?<!排污)(?<!预售)(?<!采矿)许可证|证明|(?<![保验认凭论公查取求印质见佐例辩实格可])证书?)"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
# A reference such as ZG202509028, two letters before a year and a month, is the office's own and no passport.
IDENTITY = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?<![0-9][\W_])[1-8]{_digits('5')}(?:{_GAP}(?:1{_GAP}[89]|2{_GAP}0))?{_digits('2')}{_DAY_OF_BIRTH}"
    rf"{_digits('3')}(?:{_GAP}[0-9x×](?![a-z0-9]))?(?!{_TIGHT}[0-9])"
    rf"|{_NOT_AFTER_DIGIT}[1-8]{_digits('16', _TIGHT)}{_TIGHT}x(?![a-z0-9])"
    rf"|{_NOT_AFTER_DIGIT}[1-8](?:{_SAID}{_D}){{16}}{_SAID}[0-9x](?![a-z0-9])"
    rf"|{_NOT_AFTER_DIGIT}[0-9]{{2,10}}[*×]{{4,}}[0-9]{{0,5}}[0-9x](?![a-z0-9])"
    r"|(?<![a-z0-9])(?![qv]|wx|[a-z]{2}20[0-9]{6})(?:[a-z][a-z]?|京)(?:[- .]?[0-9]){7,10}(?![a-z0-9])"
    rf"|(?:(?P<deed>{_PAPERS}载?{_LINK})[\u4e00-\u9fff]{{0,6}}?|[\u4e00-\u9fff]?(?:房权证|[集国]用|集建|林证))字?"
    rf"\W?(?:(?:19|20)[0-9]{{2}}\W?)?[\u4e00-\u9fff]{{0,4}}第\s?{_D}(?:[-—]?{_D}){{3,}}号?"
    rf"|(?P<cue>{_PAPERS}字?{_LINK})(?!(?:19|20)[0-9]{{2}}[-/.年])(?=[{_PROVINCES}临学a-z -]{{0,6}}[0-9])"
    rf"(?:[{_PROVINCES}]临?(?:[a-z]学)?)?[a-z0-9](?:{_BETWEEN}[a-z0-9*×]){{3,24}}(?![a-z]){_UNITS}"
    rf"|(?P<licence>{_PAPERS}{_LINK})[\u4e00-\u9fff]{{1,6}}\W?(?:19|20)[0-9]{{2}}\W?第?[0-9]{{4,}}号?"
    rf"|[{_PROVINCES}]\W?(?:19|20)[0-9]{{2}}\W?[\u4e00-\u9fff]{{2,9}}不动产权第\s?[0-9]{{4,}}号"
    rf"|[军士文警武后政南北东西中沈兰济成广空海陆]残?字?第?\s?(?<=[字第残]){_D}{{4,10}}号"
)
# The number of a thing or a matter: a ticket, a contract, a device. The word before it decides.
_THINGS = (
    r"(?:工单|(?<![保险号])单号|(?<!病)案号|(?:税号|信用代码|识别号)(?!\W{0,2}9)|受理号|公告号|(?<!保险)合同号|项目号|设备号|批次号?|流水号|备案号|订单号?|运单号?|快递单|报修单|派单|发票号码?|"
    "条形?码|标段|摄像头|监控点|(?<![证照卡户口员生案保籍本明书检历故警执])编[号码]|(?:项目|单位|预算)代码|铭牌号?|型号|批号|航班号?|井盖号|标准号?|注册代码|杆号|发票代码|(?:生产|施工|排污|预售|采矿)许可证号?)"
)
REFERENCE = re.compile(
    rf"{_THINGS}\s?(?:编号|编码|号码?|代码)?\s?[:是为(\[]{{0,2}}\s?(?=[a-z_-]{{0,6}}[0-9])[0-9a-z]+(?:[-_/.][0-9a-z]+)*"
    r"(?:[、,/和及][a-z]{1,4}[-_]?[0-9]{1,4}(?:[-_][0-9]{1,6})*(?![0-9a-z]))*"
    r"|(?<![0-9a-z])(?:gbz?|db|dl|jgj?|cjj?|hj|ga)(?:/t)?\s?[0-9]{2,5}(?:\.[0-9]+)?-(?:19|20)[0-9]{2}(?![0-9])"
)
# An office's own line, which it publishes.
PUBLIC_LINE = re.compile(
    r"(?:(?:办公(?!电话[^,。;]{7,16}转)|咨询|监督|服务|预约|对外|公开)(?:电话|热线)\s?[:是为]?\s?"
    r"(?:\(?0[0-9]{2,3}[)\s—–-]{0,2}[2-8][0-9]{2,3}[\s-]?[0-9]{4}|[2-8][0-9]{6,7})"
    r"|(?:客服|电话|热线)\s?[:是为]?\s?[48]00(?:[-—– ]?[0-9]{3,4}){2})"
    r"(?![-—–]?[0-9])(?:转[0-9]{1,4})?"
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
_COUNTRY = rf"(?:(?:\+|00)?{_GAP}8{_GAP}6{_GAP})?"
MOBILE = re.compile(
    rf"{_NOT_AFTER_DIGIT}{_COUNTRY}1{_GAP}[3-9](?:{_digits('9')}{_NOT_BEFORE_DIGIT}"
    rf"|{_D}[*x×]{{4,5}}{_D}{{3,4}})"
    rf"|{_NOT_AFTER_DIGIT}{_COUNTRY}1{_SAID}[3-9](?:{_SAID}{_D}){{9}}{_NOT_BEFORE_DIGIT}"
    r"|(?<![a-z0-9])(?=(?:[oil]*[0-9]){6})[1il][3-9][0-9oil]{9}(?![a-z0-9])"
)
_STARTS_AS_MOBILE = rf"(?:(?:00)?86{_GAP}1[3-9]|1[3-9][0-9]{{9}}(?![0-9]))"
CARD = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?!{_STARTS_AS_MOBILE}|[0-9]{{1,3}}\.[0-9]{{10,}}(?![0-9])){_D}{_digits('12,', _TIGHT)}"
    rf"|{_NOT_AFTER_DIGIT}[3-6][0-9]{{3}}(?:[\W_]{{1,3}}[0-9]{{4}}){{3}}(?:[\W_]{{1,3}}[0-9]{{1,4}})?{_NOT_BEFORE_DIGIT}"
    rf"|{_NOT_AFTER_DIGIT}[3-6]{_D}{{3}}(?:{_SAID}{_D}){{12,15}}{_NOT_BEFORE_DIGIT}"
    rf"|(?P<cue>(?:银行卡|储蓄卡|信用卡|卡号|账号|帐号|账户|存折|工资卡|社保卡){_LINK}){_D}(?:{_BETWEEN}[0-9*×]){{3,30}}{_UNITS}"
)
# What numbers a thing or a matter: 型号, 批号, 桩号, 凭证号.
_NUMBERED_THINGS = "型批杆桩井标序文字告目税同备票样货图版罐管炉泵站品款规刊卷架柜机件章据期令条项识代"
LONG_NUMBER = re.compile(
    rf"{_D}{{11,}}|(?P<numbered>[\u4e00-\u9fffa-z](?<![{_NUMBERED_THINGS}])(?<![凭格可]证)(?<![凭格可]证编)(?:号码?|码)"
    rf"\s?[:是为(\[]{{0,2}}\s?)(?!(?:19|20)[0-9]{{2}}[-/.年])[a-z]{{0,4}}-?{_D}(?:[-—–]?{_D}){{5,}}{_UNITS}"
)
_EXTENSION = rf"(?:{_GAP}(?:转|分机号?){_GAP}[0-9]{{1,6}})?"
LANDLINE = re.compile(
    rf"{_NOT_AFTER_DIGIT}\(?(?:\+?86{_GAP})?0{_digits('2,3')}{_GAP}[2-9]{_digits('6,7')}{_NOT_BEFORE_DIGIT}"
    rf"{_EXTENSION}"
    rf"|{_NOT_AFTER_DIGIT}(?!20[0-3][0-9][01][0-9][0-3][0-9])[2-8][0-9]{{7}}{_UNITS}{_EXTENSION}"
    rf"|{_NOT_AFTER_DIGIT}0{_SAID}[1-9](?:{_SAID}{_D}){{8,10}}{_NOT_BEFORE_DIGIT}"
    rf"|{_NOT_AFTER_DIGIT}[48]00{_GAP}{_digits('7')}{_NOT_BEFORE_DIGIT}"
    rf"|{_NOT_AFTER_DIGIT}(?![0-9]{{1,2}}00[-—–][0-9]{{2}}00)[3-8][0-9]{{2,3}}[-—– ·][0-9]{{4}}{_UNITS}"
    rf"|(?:(?<=电话|座机|手机|号码|方式|致电|回电|固话|传真|联系|宅电)|(?<=[打拨]))[^0-9\u4e00-\u9fff]{{0,3}}(?:[是为号:]{{1,2}}[^0-9\u4e00-\u9fff]{{0,2}})?"
    rf"[1-9]{_digits('6,12')}{_NOT_BEFORE_DIGIT}{_EXTENSION}"
    rf"|(?<![第共计约款额价达至到超近金费值付收欠总量为合余按币码号0-9a-z_.+*%=~#/-])(?<![额价款费计量数值积分入出资][:(])[2-8][0-9]{{6}}{_UNITS}{_EXTENSION}"
)
_PLATE_GAP = r"(?:[\W_]{0,2}(?:(?:点|杠|牌照?)[\W_]{0,2})?)"
PLATE = re.compile(
    rf"(?:[{_PROVINCES}]{_PLATE_GAP}[a-z]|wj[\W_]{{0,2}}[{_PROVINCES}]?|[军空海北南兰沈成济广][a-z])"
    rf"{_PLATE_GAP}(?:[a-z0-9]{_PLATE_GAP}){{4,5}}(?:[a-z0-9](?![a-z0-9])|[挂学警港澳领使试超]|应急)"
    rf"|[{_PROVINCES}][0-9]{{2}}[\W_]?[0-9]{{5}}(?![0-9])"  # a tractor's
    r"|(?<![a-z0-9])[0-9]{3}[\W_]?[0-9]{3}使(?!用)|[使领][0-9]{3}[\W_]?[0-9]{3}(?![0-9])"
    r"|(?P<cue>(?:车牌号?码?|车号|牌照|牌号|(?<!订单)(?<!运单)尾号|尾数)(?:后[三四五]位|末[三四]位)?\s{0,2}[:是为]?\s{0,2})"
    rf"(?:[\u4e00-\u9fff]{{0,3}}[\W_]{{0,2}})??(?=[a-z]{{0,5}}[0-9])[a-z0-9](?:[\W_]?[a-z0-9]){{2,7}}(?![a-z0-9])"
)
_LOCAL = r"(?<![a-z0-9])[a-z0-9][a-z0-9._%+-]*(?:(?:点|下划线|横杠|杠)[a-z0-9._%+-]+)*"
EMAIL = re.compile(
    rf"{_LOCAL}\s{{0,2}}(?:@|[(\[#]\s?at\s?[)\]#]|\sat\s|艾特|小老鼠)\s{{0,2}}"
    r"[a-z0-9-]+(?:\s{0,2}(?:\.|。|点|,|\sdot\s|[(\[]dot[)\]])\s{0,2}[a-z0-9-]+)+"
    rf"|{_LOCAL}\s{{0,2}}@"
    r"|(?<![a-z0-9])[a-z0-9][a-z0-9._-]*[^\w\s.]{1,2}[a-z0-9-]{2,15}\.(?:com|cn|net|org)\b|"
    r"(?P<cue>(?:邮箱|邮件|邮址|email|e-mail)(?:地址)?\s{0,2}[:是为]?\s{0,2})[a-z0-9][a-z0-9._-]{3,}(?![^\S\n]?[@a-z0-9._-])"
)
_SERVICES = (
    r"(?:微信|威信|薇信|微心|徽信|v信|维信|weixin|wechat|[wv]x|[微威薇v]\W{1,3}|加\W?[vq]|\+[vq]|qq|扣扣|抠抠|球球|企鹅号?|q号|q群|"
    r"抖音|快手|支付宝|小红书|微博|钉钉|陌陌|贴吧|账号|帐号)"
)
ACCOUNT = re.compile(
    rf"(?P<payer>(?:户号|[用客]户(?:编号|号码?)|缴费(?:编号|号码?)|[^\W0-9]{{2}}账[号户]){_LINK})[a-z]{{0,3}}[0-9]{{6,14}}(?![0-9])|(?P<cue>{_SERVICES}[^a-z0-9,.。;]{{0,8}}?)(?:[a-z0-9][a-z0-9_-]{{4,30}}|{_D}{_digits('4,11')})"
    rf"|(?<![a-z0-9])[vq](?:{_GAP}[0-9]){{5,11}}(?![a-z0-9])"
    rf"|(?<![a-z0-9])[a-z0-9][a-z0-9_-]{{4,30}}(?=[^a-z0-9,.。;\n]{{0,4}}(?:微信|抖音|qq|wechat|账号))"
    r"|(?<![a-z0-9_-])(?=[a-z_-]*[0-9])(?=[0-9_-]*[a-z])(?!(?:[a-z]+-[0-9]{2}|[a-z]{6,}_[a-z]{6,}_[0-9]{3}|[a-z]+[0-9]|[a-z]{2}20[0-9]{6,})(?![a-z0-9_-]))"
    r"[a-z0-9_-]{6,30}(?![a-z0-9_-])"
    rf"|(?P<handle>{_SERVICES}(?:号|昵称|名)?\W?)(?:(?<=@)[^\W_]{{2,10}}|[\u4e00-\u9fff]{{2,12}}[_-]?[0-9]{{2,}})"
)
# A place on the map: degrees, hemispheres, 经度 and 纬度, or two decimals as they are in China.
_PARTS = r"""[0-9]{1,2}(?:\.[0-9]+)?\s?(?:[′'’分]\s?(?:[0-9]{1,2}(?:\.[0-9]+)?\s?(?:[″"”秒]|''|′′)?)?)?"""
_DEGREES = rf"[0-9]{{1,3}}(?:\.[0-9]+)?\s?(?:[°º度]\s?(?:{_PARTS})?)?"
_TURN = r"[0-9]{1,3}[°º度][0-9]{1,2}[′'’分](?:[0-9.]{1,6}(?:[″\"”秒]|''|′′))?"
_SPOKEN = "[零〇一二三四五六七八九十百两点]"
_AXIS = r"(?:东经|西经|北纬|南纬|经度|纬度|longitude|latitude|long|lng|lon|lat)"
COORDINATES = re.compile(
    rf"{_AXIS}\W{{0,3}}(?:值|为|是|约)?\W{{0,3}}[ensw]?\s?{_DEGREES}\s?[ensw]?(?![0-9a-z])"
    rf"|{_AXIS}\W{{0,3}}{_SPOKEN}{{1,14}}(?:度(?:{_SPOKEN}{{1,8}}分(?:{_SPOKEN}{{1,10}}秒)?)?)?"
    rf"|(?<![a-z0-9.])[ensw]\s?(?=[0-9]{{1,3}}(?:\.[0-9]{{2,}}|\s?[°º度])){_DEGREES}"
    r"|(?<![a-z0-9])[xy]\s?[:=]\s?[0-9]{1,8}\.[0-9]{2,}"
    r"|(?<![0-9.])[0-9]{1,3}\.[0-9]{2,}\s?[ns][\s,;/、和]{0,3}[0-9]{1,3}\.[0-9]{2,}\s?[ew](?![a-z])"
    r"|[0-9]{1,3}(?:\.[0-9]+)?\s?[°º]\s?[0-9.]*\s?[′'’]?\s?[0-9.]*\s?[″\"”]?\s?[ensw东西南北](?![a-z])"
    rf"|(?<![0-9]){_TURN}[\s,;/、和]{{1,3}}{_TURN}"
    r"|(?<![0-9.])(?:[1-5]?[0-9]\.[0-9]{4,}[\s,;/、]{1,3}(?:7[3-9]|[89][0-9]|1[0-3][0-9])\.[0-9]{4,}"
    r"|(?:7[3-9]|[89][0-9]|1[0-3][0-9])\.[0-9]{4,}[\s,;/、]{1,3}[1-5]?[0-9]\.[0-9]{4,})(?![0-9])"
    r"|(?P<cue>(?:坐标|定位|经纬度?|gps|位置)[^0-9,。;\n]{0,8})[0-9]{1,8}\.[0-9]{2,}(?:[^0-9。;\n]{1,4}[0-9]{1,8}\.[0-9]{2,})?"
)
