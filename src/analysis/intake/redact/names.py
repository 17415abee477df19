"""What a person's name looks like: after a word for a role, before a form of address, by its usual letters.

After a role the role decides: what follows it is a name, whatever the surname, unless it begins as other words do. A
role is a word of the list or one that ends as roles do; a name that is found is one for who is named beside it.
Without a cue a name is known by its letters alone, and by where a word ends before it and after it.
"""

import re
from collections.abc import Callable
from pathlib import Path

import yaml

from analysis.intake.redact.letters import (
    COMPOUND,
    DOUBTFUL,
    FAR,
    FEW,
    GIVEN,
    GIVEN_TOO,
    NO_NAME,
    NOBODY,
    RARE,
    SOUNDS,
    STRICT,
    USUAL,
)


def _either(words: list[str]) -> str:
    """Return a pattern of any of the words, longer ones first; the first letter rules most places out."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0], []).append(word[1:])
    if not any(map("".join, rests.values())):
        return f"[{''.join(rests)}]"
    words = "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in rests.items())
    return f"(?=[{''.join(rests)}])(?:{words})"


def _begin(folded: list[str]) -> str:
    """Return a pattern of any word of two letters, given by their first letter: 应该当 is 应该 or 应当."""
    return rf"(?=[{''.join(words[0] for words in folded)}])(?:{'|'.join(f'{w[0]}[{w[1:]}]' for w in folded)})"


_FOLDED = ("grammar", "behind", "ordinary")
_LISTS = {
    kind: words.split()
    for kind, words in yaml.safe_load(Path(__file__).with_name("words.yml").read_text("utf-8")).items()
}
# Kind of word → the words as one pattern.
_WORDS = {kind: (_begin if kind in _FOLDED else _either)(words) for kind, words in _LISTS.items()}
_ORDINARY = frozenset(words[0] + second for kind in _FOLDED for words in _LISTS[kind] for second in words[1:])
HARDLY = frozenset(_LISTS["never"] + _LISTS["between"])
_HAN = r"[\u4e00-\u9fff]"
_LETTER = r"(?![的了是们这那我你他她吗呢吧很们])[\u4e00-\u9fff]"
_TAKEN = "\ud7a2\ud7a3"
_DOTTED = r"[\u4e00-\u9fff]{1,7}(?:[·•‧∙・･⋅][\u4e00-\u9fff]{1,7})+?"
# Where a name ends: before these words and signs; before the second only where nothing better is near.
_ENDS = (
    rf"(?=[^\w{_TAKEN}]|[0-9a-z_{_TAKEN}]|$|(?=[反来致咨投举求建表认希要称说尽再多今昨前电手联身证住位微地所先女男名等负处核接态没不工一本提发购办申因于已曾在])(?:反[映应]|来[电访信]|致电|咨询|投诉|举报|求助|建议|表示|认为|希望|要求|称|说|尽快|"
    r"再次|多次|今|昨|前[天日]|电话|手机|联系|身份证|证件|住|位于|微信|地址|所[述说在]|先生|女士|女,|男,|名下|等[人户]|负责|"
    r"处理|核实|接[待听]|态度|没|不[清给让予在肯同来]|工资|一[家直行]|本人|提出|发[现生]|购买|办理|申请|因|于|已|曾|在))"
)
_FOLLOWED = rf"(?=[^\w{_TAKEN}]|[0-9a-z_{_TAKEN}]|$|(?!(?<=书)记){_WORDS['follow']})"
_MAY_END = r"(?=[和与及的到家是向对打想要等将把被从为有也又跟同给让请去没不未的刚需每常经自使用拨驾去租开])"
_ROLE = (
    "(?:[诉反投申联举信来报求委承出受借贷担保见代监证经承主联签收寄付转让被][求映诉请系报访电修助托租害款保证理护人办续名]{1,2}人(?!员)|来电者|当事[人方]|"
    "法定代表人|法人代表|法人|负责人|经手人?|承办人|权利人|义务人|肇事者|嫌疑人|证人|原告|被告|死者|伤者|逝者|患者|病人|产妇|孕妇|户主|机主|车主|业主|房主|"
    "店主|摊主|货主|船主|雇主|租户|租客|住户|商户|农户|用户|客户|贫困户|低保户|困难户|市民|群众|居民(?![区楼点])|村民|农民|渔民|学生|家长|同学|房东|邻居|邻里|老板娘?|"
    "经理|丈夫|妻子|儿子|女儿|父亲|母亲|爸爸|妈妈|爷爷|奶奶|外公|外婆|姥姥|姥爷|岳父|岳母|公公|婆婆|儿媳|女婿|孙子|孙女|外孙女?|侄子|侄女|外甥女?|舅舅|"
    "姑姑|叔叔|伯伯|老公|老婆|爱人|配偶|男友|女友|哥哥|姐姐|弟弟|妹妹|亲戚|家属|亲属|朋友|同事|室友|工友|主任|书记|支书|科长|局长|处长|所长|队长|组长|站长|校长|"
    "园长|院长|镇长|区长|村长|社长|会长|股长|部长|班长|楼长|店长|店员|司机|驾驶员|车手|骑手|快递员|外卖员|乘客|旅客|顾客|消费者|会员|教师|老师(?!傅)|班主任|教练|医生|"
    "大夫|护士|护工|保姆|律师|会计|民警|辅警|警官|保安|保洁员?|客服|中介|包工头|工头|(?<!老)师傅|工人|民工|农民工|员工|职工|网格员|工作人员|执法人员|办事员|志愿者|监理|"
    "代理人|男子|女子|男孩|女孩|男童|女童|小孩|孩子|儿童|老人|老汉|老太|残疾人|退役军人|退伍军人|外籍人员|外籍人士|外国人|外商|留学生|外教|董事长|股东|合伙人|现?找到|"
    f"摊贩|小贩|商贩|真名|实名|原名|署名|此致|名叫|我叫|叫做|叫作|名为|本人|我是|{_WORDS['roles']})"
)
# The last letters of most other roles: 质检员, 承包户, 持有者.
_KIND_OF_ROLE = (
    r"(?<=[\u4e00-\u9fff][员工户主者人长师兵贩匠医厨手友客妇商方民女汉嫂婆爷姨姑舅叔爹娘孙侄襟哥姐弟妹夫生士官妈爸父母兄妻])(?<!"
    + ")(?<!".join(_LISTS["no_role"])
    + r")(?![商业程地会农伤信资作傅要管]|(?<=医)[生院师]|(?<=主)席|(?<=户)籍|(?<=手)续|(?<=民)[宗心族]|(?<=人)[居均]"
    + r"|(?<=女)[单双排篮]|(?<=长)[篇过]|(?<=客)[栈史满源服流运厅]|(?<=国民)党)"
)
_LABEL = r"(?:[人者主户民属方]|联系方式|联系电话|电话|签[字名章]|填报|制表|经手|审批|拟稿|核稿|校对|签收|接收|制单)"
_JOINT = (
    r"(?:(?:及|和|与|、)?(?:联系)?(?:电话|方式|手机号?码?)|姓名|名字|名叫|[为是叫系])?"
    r"\s{0,2}[:(\[“\"'《<】\]/|—–-]?\s{0,2}"
)
PLACES = "路街村镇乡区县市局河山桥站道"
# A role, a label or whose people are spoken of: 运输公司的, 传达室的.
ROLE_BEFORE = re.compile(
    rf"(?:{_ROLE}|{_KIND_OF_ROLE})(?![员们]|名[和或、及]){_JOINT}|:\s?(?={_HAN}{{2,3}}(?<![{PLACES}])(?:[^\w]|$))"
    r"|(?:领导|参谋|[初复终]审)(?![者员])|(?:公司|[局站店厂所校院室部科组队处台楼库村行社班场团中心园坊馆])的"
)
_PEOPLE = (
    "先生|女士|小姐|大爷|大妈|大叔|大娘|大姐|大哥|阿姨|奶奶|爷爷|老先生|太太|师傅|老师|医生|律师|老板|大夫|护士|同志|"
    "叔叔|伯伯"
)
_CALLS = "先女小大阿奶爷老太师医律护同叔伯"  # with these a form of address begins
_FORMS = (
    f"(?=[先女小大阿奶爷老太师医律护同叔伯教警法经主书局科处所队校院村镇站支会婶嫂夫副])(?:副(?=[主书局科处所队校院村镇站支经]))?"
    f"(?:{_PEOPLE}|教授|警官|法官|经理|主任|书记|局长|科长|处长|所长|队长|校长|院长|村长|镇长|站长|支书|主席|会计|"
    "教练|婶婶|嫂子|夫人|老汉|老太|大伯|大婶|大嫂|老人|同学|阿婆|阿公|小朋友|伯父|伯母)"
)
# A word ends here: nothing stands before, or one of the letters with which the word before a name ends.
_BEFORE = (
    r"(?:(?<![\u4e00-\u9fff])|(?<=[的由是找被给对向让和与及跟请叫为位名天午晚来到说称诉经在系据员人者民主户属友居机板长师生年月日时后"
    r"前因但而且院区口卫楼上下里村室部店厂校站所局股政司行科班队组号街路镇岗台厅家旁边中内外间早今刚又再还就才只曾已正将均都道传右左])|"
    r"(?<=再次)|(?<=其中)|(?<=感谢)|(?<=表扬)|(?<=联系)|(?<=转告)|(?<=核实)|(?<=通知))"
)
_FIRSTS = "".join(
    sorted({letter for word in NOBODY.split("|") for letter in re.match(r"\[[^]]+|.", word)[0] if letter != "["})
)
_G = f"[{GIVEN}]"
_C = f"[{GIVEN}{GIVEN_TOO}]"  # behind a cue
_GG = f"(?![大小]学)[{GIVEN}大小阿]{_G}"
# These surnames are also words of grammar: only with a given name's usual letters do they begin a name.
_WORD = (
    f"(?!(?=[{_FIRSTS}])(?:{NOBODY})|{_WORDS['never']}|(?<=师)傅|(?<=[时前现原历继担兼责])任|(?<=主)任(?!{_GG})|(?<=[主分城物])管|(?<=工)程|"
    f"[{STRICT}时公别包单相先关](?!{_GG}|{_G}(?:{_ENDS}|[被把])))"
)
# Behind a role a word decides against a name, unless the one who calls or several are named, or a third letter of
# given names follows that begins no word: 成立军推荐.
_LISTED = (
    rf"(?!(?:{_WORDS['grammar']}|{_WORDS['behind']})(?!来[电访信]|致电|长期|等[一二两三四五六七八九十数多]人|(?![金石林山海江河书文学年月日木土春夏秋冬雪雨]){_G}(?:{_ENDS}|[每经]|半夜|长期|多次|当场)|(?!{_WORDS['follow']}|[金石林山海江河书文学年月日木土春夏秋冬雪雨中前来满]){_C}{_FOLLOWED}|(?<=[求映诉请报电访告系]人..)(?<={_G})(?=[,(]|{_FOLLOWED}))"
    r"|(?<=师)傅|(?<=主)[任管]|(?<=[分城物])管|(?<=工)程)"
)
_BEHIND = (
    rf"{_LISTED}(?![{STRICT}](?!{_GG}|{_G}(?:{_ENDS}|[被把])|{_C}{{2}}{_FOLLOWED}|(?<!应){_C}{_FOLLOWED})"
    rf"|[于曾常](?!{_G}|.(?:反映|来电|致电|投诉|举报|称|说))[{NO_NAME}家高占熬乱堵停拉打吵])"
)
_OTHER = f"(?![{NO_NAME}])"
_NO_PLACE = rf"(?![\u4e00-\u9fff]?[{PLACES}]|办(?![理了事好完成证]))"
_ANY = f"[{USUAL}{DOUBTFUL}{FEW}]"
_COMPOUND = f"{COMPOUND}|第五|[东南西北]门|东方"  # the last are words as well: only behind a cue
_PERSON = f"(?:{_COMPOUND}|[{USUAL}{DOUBTFUL}{FEW}{RARE}])"  # what a name begins with
_FULL = rf"(?:(?:{COMPOUND})|{_ANY}){_LETTER}"
_SIGNED = (
    r"\s{0,2}(?:姓名|名字|\(?(?:签[字名章]|盖章)\)?)?\s{0,2}(?:好像|可能|大概)?(?:[:=]|是?名?叫做?"
    rf"|[是为系](?={_PERSON}[\u4e00-\u9fff]{{1,3}}(?:[,。;(、]|等|$)))\s{{0,2}}[(“\"']?"
)
_SURNAME = f"(?:{COMPOUND}|[{USUAL}])"
_END = f"(?:{_ENDS}|{_MAY_END})"
_ALIAS = (
    "(?![小大][哥姐])(?:阿(?!姨|里巴|迪达)[\u4e00-\u9fff]|(?!小[时学心组说区型计声路康哥]|大[家学江海陆力明军多成]|老[师板年乡家人])"
    f"[老小大][{USUAL}{DOUBTFUL}{GIVEN}]|[二三四大][狗牛毛蛋娃妮丫][子儿蛋]?|(?![姐妈奶叔伯阿大小老])[\u4e00-\u9fff][嫂婶伯叔姨]|[{USUAL}][总工姐哥爷奶妈董局]|[{GIVEN}][姐哥])"
)
_LATIN = r"[a-z]{2,14}(?:[ .·'-]{1,2}[a-z]{1,14}){0,3}(?![a-z0-9@])"
# Who is called so has that name, whatever the word.
_NAMED = re.compile(
    rf"(?P<called>(?:{_ROLE}的?(?:名字)?|名字|[真本原]名|(?:一|有)[个位名])(?:名?叫[做作]?|名为|自称)[“\"]?)(?={_PERSON})(?:{_LETTER}{{2,4}}(?=[^\w{_TAKEN}]|等|$)|(?!{_WORDS['grammar']}){_LETTER}{{2,3}}?{_FOLLOWED})"
    rf"|(?P<written>[叫写][做作成着]?[“\"]?)(?={_PERSON}|{COMPOUND})(?!{_WORDS['grammar']}|{_WORDS['behind']}(?![{GIVEN}])){_LETTER}{{2,3}}(?=了?[,。;”\"]|$)"
)
# A label decides alone: what stands behind it up to the next sign.
_LABELLED = (
    rf"(?P<label>(?:{_ROLE}|姓名|名字|名称为){_SIGNED}|(?:姓名|名字)\s{{1,3}}|{_LABEL}{_SIGNED}{_OTHER})"
    rf"(?:(?:{FAR}){_LETTER}{{0,5}}?{_ENDS}|(?!{_ROLE}|{_WORDS['never']}|公司|单位|有限)(?={_PERSON}){_LETTER}{{2,3}}(?<!人)(?=[^\w{_TAKEN}]|$)|{_LISTED}(?!请)(?:{_LETTER}\s?){{1,3}}{_LETTER}{_ENDS}"
    rf"|{_HAN}(?:[\s*×]{{1,2}}{_HAN}){{1,3}}(?![\u4e00-\u9fff])|{_DOTTED}{_ENDS}|{_LATIN})"
)
# A word is a name where what stands behind it is a person's: what they do, their papers.
_ACTING = (
    rf"(?!{_WORDS['between']})(?:(?:(?={_PERSON})|{_OTHER})(?:{_LETTER}{_C}{{1,2}}|{_LETTER}[谐谷肃密蜜苗])"
    rf"|(?<=[员师长工管贩儿子女孙]){_LETTER}(?![心天子]){_G}|(?<=[员师长工管贩]){_LETTER}[归蜜谷苗])"
    rf"(?=[,、(]?\s?(?:身份证|手机|联系电话|[男女],|[他她]|\ud7a3)|{_WORDS['acts']})"
)
# After a role alone the nearest good end decides how long the name is; a surname that is seldom a word needs none.
_AFTER_ROLE = (
    rf"(?P<role>(?:(?:{_ROLE}|(?P<kind>{_KIND_OF_ROLE}))(?![员们]|名[和或、及]){_JOINT}|双方[为是系]?(?={_PERSON}{_LETTER}{{1,2}}[与和、])|(?<=\ud7a3)[、和与及跟]))(?:{_DOTTED}{_END}|{_ALIAS}(?:{_END}|{_FOLLOWED})|(?:{FAR}){_LETTER}{{0,5}}?{_END}"
    rf"|{_ACTING}|{_OTHER}{_HAN}(?=先生|女士|小姐|大[爷妈叔娘])|{_BEHIND}(?:(?:{_COMPOUND})(?:{_LETTER}{{1,2}}?{_FOLLOWED}|{_LETTER}{{2}})"
    rf"|(?={_PERSON})(?:{_LETTER}{{2}}{_ENDS}|{_LETTER}{{3}}{_ENDS}|{_HAN}{_G}{{2}}{_FOLLOWED}|{_LETTER}{{2,3}}?{_FOLLOWED}|{_HAN}{_GG}{_NO_PLACE}|(?![于曾常方应])(?:{_HAN}(?:{_LETTER}{_G}|{_G})))"
    rf"|[{USUAL}{RARE}]{_LETTER}|[{USUAL}]\s{_HAN}(?:\s{_HAN})?(?![\u4e00-\u9fff])"
    rf"|(?!{_WORDS['doubled']}){_PERSON}?(?P<twin>[{GIVEN}妞毛豆蛋果丫欢乐贝甜笑糖米多圆])(?P=twin)"
    rf"|{_OTHER}(?!{_FORMS})(?:{_HAN}[某*×○x]{{1,3}}(?:{_HAN}{_ENDS})?|{_LETTER}{{1,4}}?(?={_FORMS})"
    rf"|[{SOUNDS}]{{4,7}}?{_ENDS}|{_LETTER}{{3}}[郎子男雄夫美香介太助彦树治次]{_END})"
    rf"|{_OTHER}(?:{_HAN}(?:{_G}{_LETTER}|{_LETTER}{_G}|{_G}){_ENDS}|{_HAN}{_G}{{2}}{_FOLLOWED}))|(?:{_COMPOUND}){_G}{{1,2}}|(?<=[^a-z]){_LATIN})"
)
# A surname that is also a word of grammar opens no form of address: 向书记反映, 原所长.
_GRAMMAR = "班向由和有从于与都被经对关过后前公原时来已连全单相应该商查如那别是并能在当常但可以红老小大国区市县省管"
_ADDRESSED = (
    rf"(?=[老小阿]|{_ANY}){_WORD}(?:{_SURNAME}{_LETTER}{{0,2}}?(?={_FORMS})"
    rf"|{_BEFORE}(?={_ANY})(?:[{USUAL}]{_LETTER}{{0,2}}?|(?![{_GRAMMAR}])[{DOUBTFUL}{FEW}](?:{_LETTER}?{_G})??)(?={_FORMS}|{_WORDS['forms']})"
    rf"|{_BEFORE}[{USUAL}高包方](?=[总哥姐嫂婶伯叔姨工局董所队处](?!(?<=工)[作程地人资商]|{_G}|[^\W]*?[公司部会程体额价书结])(?:{_FOLLOWED}|天天|测|合))"
    rf"|{_BEFORE}{_OTHER}(?={_HAN}{{1,3}}[{_CALLS}])(?:[{USUAL}]{_LETTER}{{1,2}}?|(?![{_GRAMMAR}])[{DOUBTFUL}{FEW}]{_LETTER}?{_G}|(?![{_GRAMMAR}]){_ANY})(?={_PEOPLE})"
    rf"|{_BEFORE}(?:[老小阿][{USUAL}]|阿{_HAN}|[{USUAL}][总工姐哥嫂婶伯叔姨爷奶董])(?:{_ENDS}|(?=[和与的家是向把给跟])))"
    rf"|(?:{COMPOUND}){_LETTER}{{0,2}}?(?={_FORMS})"
    rf"|(?={_HAN}{{3}}(?:{_FORMS}|{_WORDS['forms']})){_BEFORE}{_LISTED}{_PERSON}{_C}{{2}}"
    rf"|(?={_HAN}{{2,3}}(?:名下|外号|绰号|诨号|[这那]个(?:{_ROLE}))){_BEFORE}{_PERSON}{_LETTER}{{1,2}}(?=名下|外号|绰号|诨号|[这那]个)"
    rf"|{_BEFORE}(?![位名个各该此些年轻成老少美男女子多两几一另某{_GRAMMAR}]){_LETTER}(?=先生|女士|小姐)"
    rf"|{_BEFORE}老(?![师板]){_HAN}(?=大爷|大妈|大叔|大娘|先生|太太|师傅)|{_BEFORE}(?!阿[里姨拉富根])阿[{GIVEN}]"
    rf"|{_SURNAME}(?:[某×*○]{{1,3}}|xx?(?![a-z]))(?:{_HAN}{_ENDS})?|{_BEFORE}{_ANY}某{{1,2}}(?:{_HAN}{_ENDS})?"
    rf"|{_ANY}{_HAN}{{1,2}}(?=[,(])(?=.\s?(?:[男女][,。)]|已故|独居|[0-9一二三四五六七八九十]{{1,3}}岁))|{_SURNAME}\s?{_HAN}{{1,2}}(?=[\s,、(]{{0,2}}[男女][性,、。)\s0-9])"
    rf"|(?:(?<![\u4e00-\u9fff])|(?<=[找跟请联谢知过下络]))[于关单常查商管武公游都时那方高石白金万任温安文易严成季洪谈](?={_PEOPLE}|婆婆|大婶|警官|[嫂叔婶姐哥]{_FOLLOWED})"
    rf"|(?:(?<![\u4e00-\u9fff])|(?<=[所院校局站队司厂店处室]))(?![{_GRAMMAR}年但果且各步种生男女新该](?<![单别相全查商]))(?={_PERSON}){_HAN}(?=教练|先生|女士|会计|师傅|医生|所长|站长|大夫|警官|大姐|律师)"
    r"|(?<![\u4e00-\u9fff])[东西南北]门(?=先生|女士|小姐)"
    r"|(?P<family>(?<=姓)(?![名氏甚]))[\u4e00-\u9fff](?=的|\W|先生|女士|$)"
)
_TOP = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏汪姜范谭廖邹熊陆郝孔崔"
    "毛邱秦顾侯邵孟段钱尹黎龚庞樊殷陶翟倪严俞章葛耿焦柳岳齐"
)
_CALLED = (
    rf"(?<![养年古敬父长元月孤独终衰苍爱为助涉陪失扶尊最大])老(?![井庄江林田苗桑柏梅马路童柳桂齐顾段席余夏伯]|胡同|毛病)(?:[{USUAL}](?:[头哥弟姐妹汉]|[总家]?{_FOLLOWED})|[马江林][头哥]|[马高金白黑]{_FOLLOWED})"
    rf"|(?<![大中最幼从])[小阿](?!黄[车线]|余额|夏天|段|陆|毛病|孔)(?:[{USUAL}][头哥弟姐妹]|[{_TOP}马]总?{_FOLLOWED})"
    rf"|{_BEFORE}[小阿大](?![学区时组姐家们队型院路车雨])[{_G[1:-1]}{_TOP}](?=在|把|家的|又|天天|老是|总|说|骗|欠|偷|打)"
    rf"|(?:(?<=物业)|(?<=社区)|(?<=中介)|(?<=客服)|(?<=前台)|(?<=门卫)|(?<=保安)|(?<=街道)|(?<=快递))[小老](?!段|陆|毛病|孔|黄[车线]|余额|夏天)[{_TOP}](?![区院路店时学户镇村型])"
    rf"|{_BEFORE}大[刘李张王陈赵吴周徐孙胡朱郭罗郑谢唐]{_FOLLOWED}|阿(?!姨|胶|拉|公|婆[的们])[\u4e00-\u9fff][哥姐嫂婆叔伯娣公妹弟仔]"
    rf"|(?=[{USUAL}高金石万方温易常]{_WORDS['tails']}|{_WORDS['nicknames']}){_WORD}(?:{_HAN}{_WORDS['tails']}|(?<![{GIVEN}]){_WORDS['nicknames']}{_G}?{_FOLLOWED})"
    rf"|(?=[老{USUAL}二三四五六七八九]){_BEFORE}(?:老(?!{_WORDS['behind']}|{_WORDS['ordinary']}|[师板家年旧])[{DOUBTFUL}](?:头(?=[的家在把又养])|{_FOLLOWED})|[{USUAL}]老?[头爷](?=[的家在把又养])|[二三四五六七八九][姑叔伯爷婶嫂舅姨妹](?:子|婆|娘)?{_FOLLOWED})"
    rf"|小(?:(?<=联系小)|(?<=[找问跟由给让替帮]小))(?![学区时组孩儿])[{GIVEN}]{_FOLLOWED}"
    r"|(?![爸妈奶爷姥太叔婆公姑舅哥姐弟妹宝天人家个常刚慢渐])(?P<child>[\u4e00-\u9fff])(?P=child)(?:妈妈?|爸爸?|爹|奶奶|爷爷|姥姥)"
)
# Who is told by what they do: 卖早点的, 开三轮的.
_DOES = "(?:" + "|".join(rf"(?<=[卖开收管修拉送跑蹬租种养干搞做看守]{_HAN * count}的)" for count in (1, 2, 3)) + ")"
# Brands and persons of history, unless a role or a sign stands before them.
PUBLIC = re.compile(
    rf"(?<![人民主者户员方叫:是长师客友医父母妻夫子女儿兄弟姐妹爷奶爸妈叔伯姑舅姨婆侄孙哥嫂属工生伴])(?:{_WORDS['public']})"
)
_NICKNAME = (
    r"(?P<handle>(?:网友|博主|楼主|主播|吧友)\s?@)[^\s,。;:、@]{2,16}|(?P<masked>(?:网友|用户|昵称))[a-z0-9]\*{2,}[^\s,。;:]{0,8}"
    rf"|(?P<blogger>(?:博主|主播|楼主))(?!{_WORDS['between']}|[反表说称投发爆留在对就向多纷的们群来举质咨建提认评等直连晒拍])[^\W\d_]{{3,8}}?(?=称|发布|爆料|发帖|曝光)"
    r"|(?P<quoted>(?:群[里内中]?|网友|市民|用户|业主)[“\"「])[^“”\"」,。]{2,12}(?=[”\"」](?:在网|称|说|反映|留言|发[帖布文表]|建[言议]|爆料|辱骂|骂|@|投诉))"
    r"|(?P<nickname>(?:微信名|昵称|网名|抖音名|用户名(?![\u4e00-\u9fff])|外号|绰号|小名|乳名|曾用名|人称(?=[“\"]))"
    r"\s?[:是为叫做“\"]{0,3}\s?|(?<!什么)叫[他她它我]?做?[“\"]|(?:群主|网友|主播|博主|楼主)[“\"])[^\W_]{1,12}"
    r"|(?P<nicknamed>(?:[叫喊称唤][他她它]|人称|外号叫?)[作做]?)(?=[老小大阿二三四五六七八九胖瘦黑])[\u4e00-\u9fff]{2,4}(?=[,。;!?]|$)"
)
# Lists of who does what: 初审年华,复审时光; 住建局和平,街道钱图 behind a name; 由某负责巡查,路平负责台账; 派至应志高处.
_POST = (
    "(?:[初复终]审|审[核批定]|复核|签发|核稿|拟稿|会签|经办|校对|主办|协办|记录"
    "|(?:经办|承办|联系|负责|记录|审核|见证|在场|复核|监督|受理|检查|陪同|申请|代理|责任|签发|制表|填表|督办|协办|回访|报告|主持|交接|接收|值班)[人员](?!员))"
)
_NO_OFFICE = "(?<![局站所办科处队院村部会区厅委室心司])"
_IN_LIST = (
    rf"(?P<post>(?<![\u4e00-\u9fff]){_POST})(?!{_WORDS['between']}|{_WORDS['grammar']})(?:(?={_PERSON})|{_OTHER}){_LETTER}{{2,3}}"
    rf"(?=[,;、\s]{{1,2}}{_POST}[:\u4e00-\u9fff\ud7a3])"
    rf"|(?P<next>(?<=\ud7a3[,;、]){_POST})(?!{_WORDS['between']}|{_WORDS['grammar']})(?:(?={_PERSON})|{_OTHER}){_LETTER}{{2,3}}(?=[,;。\s]|$)"
    rf"|(?P<office>(?<=\ud7a3[,、;])[\u4e00-\u9fff]{{1,5}}?[局道办站所队股科处委院校部室会村镇])(?!{_WORDS['between']})(?:[{USUAL}]{_LETTER}|{_PERSON}{_C}{{1,2}})(?=[,、;。)]|$)"
    rf"|(?P<duty>(?:由(?={_PERSON}){_LETTER}{{2,3}}{_NO_OFFICE}|\ud7a3)负责[^,;。\ud7a3]{{1,14}}[,;、])(?={_PERSON}){_LETTER}{{2,3}}{_NO_OFFICE}(?=负责(?!人))"
    rf"|(?<=[局队所科处站办部室由]){_PERSON}{_C}{{1,2}}(?=[、和与及](?:\ud7a3{{2,4}}|{_PERSON}{_LETTER}{{1,2}})(?:等|[两二三四五六]人|夫[妻妇]|均|各))"
    rf"|(?P<sent>(?:转?派至|转?派给|转至|交由|交给|转给|指派))(?={_PERSON}){_LETTER}{{2,3}}{_NO_OFFICE}(?=处[,。;])"
)
_CUED = re.compile(f"{_LABELLED}|{_AFTER_ROLE}|{_NICKNAME}|{_IN_LIST}")
_WEAKLY_CUED = re.compile(f"{_ADDRESSED}|{_CALLED}")
_RARE = "[缑逄仉佴笪谯亓乜厍郗璩濮扈郏闾鄞宓訾逯鞠靳缪阚昝禚郦邬郜郄郇鄢酆麴芮羿戚仝隗甄]"
_PEOPLES = (
    r"(?:[韩日美英法德俄越泰缅朝蒙印意加澳][\u4e00-\u9fff]{0,4}籍"
    r"|[壮彝傣苗回藏满蒙侗瑶白朝维哈][\u4e00-\u9fff]{0,3}族(?!自治|乡|村|镇|区|县|特色|文化))"
)
_BARE = re.compile(
    rf"(?:{_WORDS['parts']})(?:{_WORDS['parts']}|{FAR}|[{SOUNDS}万汗罕江]){{1,4}}|{_WORDS['abroad']}(?![派街镇村路乡社支分]){_LETTER}{{1,2}}|(?:{_WORDS['parts']}){_LETTER}{{0,2}}?{_FOLLOWED}"
    rf"|{_BEFORE}(?:{_FULL}{_LETTER}?|[{SOUNDS}]{{3,6}})(?=[(\s,、]?{_PEOPLES})"
    rf"|(?:(?<=[局队所科股处办站线组班庭会团政])|{_DOES}){_LISTED}(?:{_PERSON}(?:{_G}{_C}|{_C}{_G}){_NO_PLACE}{_FOLLOWED}|{_PERSON}{_G}(?=[,;(说称讲]))"
    rf"|{_DOTTED}{_END}|[{SOUNDS}]{{2,7}}(?:[·•‧∙・･⋅][{SOUNDS}]{{2,7}})+|[{USUAL}蓝练]阿{_HAN}{_FOLLOWED}|(?:(?!长孙)(?:{COMPOUND})|{_RARE})(?![{PLACES}里庄屯]){_LETTER}{{1,2}}?(?:{_END}|{_FOLLOWED})|(?<![\u4e00-\u9fff])[方高石白金万任温安文于易常]{_G}{{1,2}}{_FOLLOWED}|(?:{FAR}){_LETTER}{{1,4}}?{_ENDS}"
    rf"|(?={_ANY}){_WORD}(?:(?=[{USUAL}]{_GG})[{USUAL}]{_GG}{_NO_PLACE}{_FOLLOWED}|{_BEFORE}(?={_ANY}{_GG}|[{USUAL}]{_G})(?:{_ANY}{_GG}|[{USUAL}]{_G}){_NO_PLACE}{_FOLLOWED}"
    rf"|(?<=[由被找给对向让与跟请叫和是据经欠托为、见讲听知管识认帮替有以访了系住])(?:[{USUAL}](?:{_LETTER}{{0,2}}{_G}|{_C})|[方高石白金万任温安文于易]{_G}|{_ANY}{_GG}){_NO_PLACE}{_FOLLOWED}"
    rf"|(?=[{USUAL}]{_G}{{2}})[{USUAL}]{_G}{{2}}{_NO_PLACE}{_END}"
    rf"|{_BEFORE}(?=[{USUAL}])[{USUAL}]{_C}{{2}}(?<![{PLACES}]){_NO_PLACE}{_FOLLOWED}|(?<=[的人者员主]是){_PERSON}{_C}{{1,2}}(?=[,。;]|$)"
    rf"|{_BEFORE}(?={_ANY}{_G})(?:[{USUAL}]{_G}{{2}}{_NO_PLACE}|[{DOUBTFUL}]{_G}{{2}}{_ENDS}|[{USUAL}]{_G}{_END})"
    rf"|(?:(?<![\u4e00-\u9fff])|(?<=[天午]))(?=[{USUAL}])[{USUAL}](?:{_G}{_LETTER}|{_LETTER}{_G}){_NO_PLACE}"
    r"(?=[家的称说在于到去来与和被把将未没多再签收])"
    rf"|{_BEFORE}(?=[{USUAL}])[{USUAL}]{_LETTER}{{1,2}}?(?=反映|来电|致电|投诉|表示|称|说|告知|回[复应]|答复)"
    rf"|(?<=[由被找给对向让与跟请叫和是据经欠])[{USUAL}]{_LETTER}{{1,2}}?{_END}"
    rf"|(?<=\ud7a3[、和与及]){_ANY}(?:{_LETTER}{_G}|{_LETTER}{{1,2}}?{_ENDS}))"
)
_FULL_NAME = re.compile(f"{_PERSON}{_HAN}{{1,2}}")
_CAPITAL = r"[A-ZÀ-ÞĀ-Ž][a-zß-ƿạ-ỹ]{1,14}"
_PARTICLE = "(?:d[aei]|de la|v[ao]n|der|bin|al|el|la)"
LATIN_NAME = re.compile(
    rf"(?<![A-Za-z0-9@._-])(?:{_CAPITAL}(?:[ ·.-]{{1,2}}(?:{_PARTICLE} )*(?:{_CAPITAL}|[A-Z])(?:-[a-z]{{1,9}})?){{1,3}}"
    r"|[A-Z]{4,14}(?: [A-Z]{4,14}| [A-Z]{2,14} [A-Z]{2,14}){1,2})(?![A-Za-z0-9@_-])"
)
_GRAMMATICAL = f"{STRICT}于".replace("时", "")  # 时 alone is seldom a word before an ordinary one
_CUES = (
    "called",
    "written",
    "label",
    "role",
    "nickname",
    "nicknamed",
    "family",
    "handle",
    "masked",
    "blogger",
    "quoted",
    "post",
    "next",
    "office",
    "duty",
    "sent",
)


def find_named(shadow: str) -> list[tuple[int, int]]:
    """Return where names stand behind 名叫, 自称 or 名为."""
    return _find(_NAMED, shadow, _is_grammar) if re.search("[叫写]|自称|名为", shadow) else []


def find_cued(shadow: str) -> list[tuple[int, int]]:
    """Return where names stand behind a role or a label."""
    return _find(_CUED, shadow, _is_no_name)


def find_weakly_cued(shadow: str) -> list[tuple[int, int]]:
    """Return where names stand before a form of address, and nicknames."""
    return _find(_WEAKLY_CUED, shadow, _is_word)


def find_bare(shadow: str) -> list[tuple[int, int]]:
    """Return where names stand that only their letters tell."""
    return _find(_BARE, shadow, _is_phrase)


def find_again(plain: str, shadow: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where names that were found once stand again.

    Args:
        plain: The text with the names in it.
        shadow: The same without what is taken already.
        found: Where names were found.
    """
    said = {plain[start:stop] for start, stop in found} - _ORDINARY
    said = [name for name in sorted(said, key=len, reverse=True) if name in shadow and _FULL_NAME.fullmatch(name)]
    return [match.span() for match in re.finditer("|".join(said), shadow)] if said else []


def _find(pattern: re.Pattern, shadow: str, is_ordinary: Callable[[re.Match, int], bool]) -> list[tuple[int, int]]:
    found, place = [], 0
    while match := pattern.search(shadow, place):
        start = match.start() + sum(len(match[cue] or "") for cue in _CUES if cue in pattern.groupindex)
        if is_ordinary(match, start):
            place = match.start() + 1
        else:
            found.append((start, match.end()))
            place = match.end()
            shadow = shadow[:start] + _TAKEN[1] * (place - start) + shadow[place:]  # a cue for who is named next
    return found


def _is_grammar(match: re.Match, start: int) -> bool:
    """Say whether a word of grammar and an ordinary word stand there: 应文明养犬."""
    if match.groupdict().get("written") is not None and match.string[start : match.end()] in _ORDINARY:
        return True
    return match.string[start] in _GRAMMATICAL and match.string[start + 1 : start + 3] in _ORDINARY


def _is_within_word(match: re.Match, start: int) -> bool:
    """Say whether an ordinary word reaches over the beginning: 工单协同."""
    text = match.string
    return text[start - 1 : start + 1] in _ORDINARY and text[start - 2 : start] not in _ORDINARY


def _is_no_name(match: re.Match, start: int) -> bool:
    """Say whether that is so behind a role, or behind a word that only ends as one."""
    return _is_grammar(match, start) or (match["kind"] is not None and _is_within_word(match, start))


def _is_word(match: re.Match, start: int) -> bool:
    """Say whether an ordinary word reaches over the beginning or stands there."""
    is_one = match.end() - start > 1 and match.string[start : start + 2] in _ORDINARY
    return is_one or _is_within_word(match, start) or _is_grammar(match, start)


def _is_phrase(match: re.Match, start: int) -> bool:
    """Say whether that is so, or an ordinary word stands behind a letter that is seldom a surname: 有朋友."""
    behind = match.string[start + 1 : match.end()]
    return (match.string[start] in DOUBTFUL and behind in _ORDINARY) or _is_word(match, start)
