"""Plant 10,000 made-up identifiers in made-up ticket texts and count how many remain after redaction.

The forms are how people write, set down without a look at the redactor's patterns; some are meant to be out of
reach. Each set was first run over the patterns as they were, then the patterns were revised for it: the first figure is
what to expect of a form that nobody thought of, the figure of a run now flatters. docs/privacy.md gives both.
"""

import argparse
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from analysis.intake.redact import redact

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜"
GIVEN = "".join(
    (
        "伟强磊洋勇军杰涛斌辉鹏飞超波亮刚健芳娜敏静秀英丽艳娟霞燕玲桂珍雪梅琳倩婷慧莹",
        "思雨欣怡子涵梓萱浩然宇轩一诺俊熙若汐沐辰语桐",
    )
)
NUMERALS = "零一二三四五六七八九"
OFFICE_WORDS = ["道路积水", "路灯不亮", "噪声扰民", "垃圾未清", "停水停电", "办事拖延", "井盖缺失", "占道经营"]


class Planted(NamedTuple):
    """One identifier as it stands in a text, and the pieces that must not be left of it."""

    kind: str
    form: str
    text: str
    secrets: tuple[str, ...]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def spelled(text: str) -> str:
    return "".join(NUMERALS[int(letter)] if letter.isdigit() else letter for letter in text)


def circled(text: str) -> str:
    return "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(letter)] if letter.isdigit() else letter for letter in text)


def grouped(text: str, sizes: tuple[int, ...], joint: str) -> str:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(text[start : start + size])
        start += size
    return joint.join([*pieces, text[start:]]) if start < len(text) else joint.join(pieces)


def shuffled_digits(rng: random.Random, text: str) -> str:
    """Return digits of which some are wide, some spelled."""
    return "".join(rng.choice((str, wide, spelled))(letter) for letter in text)


NUMBER_FORMS: dict[str, Callable[[random.Random, str], str]] = {
    "plain": lambda _, n: n,
    "wide": lambda _, n: wide(n),
    "spelled": lambda _, n: spelled(n),
    "circled": lambda _, n: circled(n),
    "by fours from the right": lambda _, n: grouped(n, (len(n) % 4 or 4,) + (4,) * (len(n) // 4 - 1), " "),
    "by threes": lambda _, n: grouped(n, (3,) * ((len(n) - 1) // 3), "-"),
    "dotted pairs": lambda _, n: grouped(n, (2,) * ((len(n) - 1) // 2), "·"),
    "each digit apart": lambda _, n: " ".join(n),
    "long dash": lambda _, n: grouped(n, (4,), "——"),
    "line break inside": lambda _, n: grouped(n, (5,), "\n"),
    "bracketed head": lambda _, n: f"（{n[:3]}）{n[3:]}",
    "zero-width inside": lambda _, n: grouped(n, (3, 3), "\u200b"),
    "mixed scripts": shuffled_digits,
}


def mobile(rng: random.Random) -> tuple[str, str]:
    number = rng.choice(("13", "15", "16", "17", "18", "19")) + digits(rng, 9)
    head = rng.choice(("", "", "+86", "86-", "0086 "))
    return number, head


def identity(rng: random.Random) -> str:
    area = rng.choice(("11", "37", "32", "44", "51", "65")) + digits(rng, 4)
    born = f"{rng.randint(1940, 2015)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    if rng.random() < 0.15:
        return area + born[2:] + digits(rng, 3)
    return area + born + digits(rng, 3) + rng.choice("0123456789X")


def plant_number(kind: str, rng: random.Random) -> Planted:
    head = ""
    if kind == "mobile":
        number, head = mobile(rng)
    elif kind == "identity":
        number = identity(rng)
    elif kind == "card":
        number = rng.choice(("62", "60", "45", "35")) + digits(rng, rng.choice((14, 15, 17)))
    else:
        number = rng.choice(("010", "021", "0531", "0755")) + rng.choice("2345678") + digits(rng, 7)
    form = rng.choice(list(NUMBER_FORMS))
    if form == "bracketed head" and kind in {"identity", "card"}:
        form = "plain"
    return Planted(kind, form, head + NUMBER_FORMS[form](rng, number), (number,))


def plant_name(rng: random.Random) -> Planted:
    name = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2, 2))))
    forms = {
        "label": f"诉求人：{name}",
        "label, spaced": f"姓名　{' '.join(name)}",
        "bracketed": f"来电市民（{name}）",
        "told of oneself": f"我叫{name}",
        "form of address": f"{name}{rng.choice(('先生', '女士', '大爷', '阿姨'))}",
        "surname only": f"{name[0]}{rng.choice(('先生', '女士', '师傅'))}",
        "relative": f"父亲{name}",
        "no cue": f"昨天{name}去窗口",
        "no cue, last": f"经手的是{name}",
    }
    form = rng.choice(list(forms))
    secret = f"{name[0]}先生" if form == "surname only" else name
    return Planted("name", form, forms[form], (secret,))


def plant_plate(rng: random.Random) -> Planted:
    province, letter = rng.choice("鲁京沪粤苏浙川渝"), rng.choice("ABCDEFGH")
    rest = digits(rng, 2) + rng.choice("KLMNP") + digits(rng, 2)
    green = rng.choice("DF") + digits(rng, 5)
    forms = {
        "plain": (f"{province}{letter}{rest}", rest),
        "new energy": (f"{province}{letter}{green}", green),
        "dot": (f"{province}{letter}•{rest}", rest),
        "wide": (f"{province}{wide(letter + rest)}", rest),
        "small, spaced": (f"{province}{letter.lower()} {rest.lower()}", rest.lower()),
        "dash after province": (f"{province}-{letter}-{rest}", rest),
        "spelled": (f"{province}{letter}{spelled(rest)}", rest),
        "police": (f"{province}{letter}{rest[:4]}警", rest[:4]),
        "without province": (f"尾号{rest}", rest),
    }
    form = rng.choice(list(forms))
    text, secret = forms[form]
    return Planted("plate", form, f"车牌{text}", (secret,))


def plant_address(rng: random.Random) -> Planted:
    place = rng.choice(("澄", "锦", "翠", "御", "金")) + rng.choice(("湖", "绣", "竹", "景", "桂")) + "苑"
    road = rng.choice(("文汇", "滨河", "新华", "解放", "工业")) + rng.choice(("路", "东街", "大道"))
    b, u, r = rng.randint(1, 48), rng.randint(1, 6), rng.randint(1, 33) * 100 + rng.randint(1, 4)
    forms = {
        "building, unit, room": (f"{place}小区{b}号楼{u}单元{r}室", (place, f"{r}")),
        "hyphens": (f"{place}小区{b}-{u}-{r}", (place, f"{r}")),
        "spelled": (f"{place}{spelled(str(b))}栋{spelled(str(r))}", (place, f"{r}")),
        "wide": (f"{place}小区{wide(str(b))}＃楼{wide(str(r))}", (place, f"{r}")),
        "road": (f"{road}{b}号院{u}号楼东户", (road,)),
        "village": (f"小{place[0]}庄村{u}组{b}号", (f"{place[0]}庄",)),
        "cue": (f"住址：{road}与{place}交叉口往北第{u}家", (f"往北第{u}家",)),
        "live in": (f"家住{place}二期{b}幢{r}", (place, f"{r}")),
        "no number": (f"{place}东门", (place,)),
    }
    form = rng.choice(list(forms))
    text, secrets = forms[form]
    return Planted("address", form, text, secrets)


def plant_email(rng: random.Random) -> Planted:
    local = "".join(rng.choices("abcdefghijkmnpqrstuvwxyz", k=6)) + digits(rng, 3)
    host = rng.choice(("163", "qq", "sina", "gov-mail"))
    forms = {
        "plain": f"{local}@{host}.com",
        "wide": wide(f"{local}@{host}.com"),
        "capitals": f"{local}@{host}.COM.CN".upper(),
        "spaces": f"{local} @ {host} . com",
        "at in words": f"{local}(at){host}.com",
        "ideographic stop": f"{local}@{host}。com",
        "star for at": f"{local}*{host}.com",
    }
    form = rng.choice(list(forms))
    return Planted("email", form, f"请回复到{forms[form]}", (local,))


def plant_account(rng: random.Random) -> Planted:
    name = "".join(rng.choices("abcdefghjkmnpqrstuvwxyz", k=5)) + "_" + digits(rng, 4)
    number = rng.choice("123456789") + digits(rng, rng.choice((6, 8, 9)))
    forms = {
        "wechat": (f"微信号{name}", name),
        "wechat, add": (f"加微信 {name} 联系", name),
        "vx": (f"vx:{name}", name),
        "after": (f"{name}是我的微信", name),
        "qq": (f"QQ{number}", number),
        "qq spaced": (f"qq号：{grouped(number, (3, 3), ' ')}", number),
        "qq wide": (f"ＱＱ：{wide(number)}", number),
        "qq in words": (f"扣扣{spelled(number)}", number),
        "other service": (f"小红书{name}", name),
    }
    form = rng.choice(list(forms))
    text, secret = forms[form]
    return Planted("account", form, text, (secret,))


PLANTERS: dict[str, Callable[[random.Random], Planted]] = {
    "name": plant_name,
    "mobile": lambda rng: plant_number("mobile", rng),
    "identity": lambda rng: plant_number("identity", rng),
    "card": lambda rng: plant_number("card", rng),
    "landline": lambda rng: plant_number("landline", rng),
    "plate": plant_plate,
    "address": plant_address,
    "email": plant_email,
    "account": plant_account,
}


def _name(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))


def _formal(text: str) -> str:
    return "".join("零壹贰叁肆伍陆柒捌玖"[int(letter)] for letter in text)


def _keycaps(text: str) -> str:
    return "".join(f"{letter}\ufe0f\u20e3" for letter in text)


# kind → form → template of the secret; the secret itself comes from SECRETS.
SECOND_FORMS: dict[str, dict[str, Callable[[str], str]]] = {
    "name": {
        "patient's name is": lambda n: f"患者姓名为{n}，",
        "family of": lambda n: f"家属{n} 联系",
        "with sex": lambda n: f"{n}，女，",
        "lawyer": lambda n: f"代理人{n}律师",
        "chairman": lambda n: f"业委会主任{n}不作为",
        "found": lambda n: f"现找到{n}本人",
        "signature": lambda n: f"此致 {n} 2026年4月9日",
    },
    "mobile": {
        "tel": lambda n: f"tel:+86({n[:3]}){n[3:]}",
        "formal numerals": _formal,
        "spelled with pauses": lambda n: f"{spelled(n[:3])}、{spelled(n[3:7])}、{spelled(n[7:])}",
        "underscores": lambda n: f"{n[:3]}_{n[3:7]}_{n[7:]}",
        "keycaps": _keycaps,
        "after a word": lambda n: f"手机号{n}（同微信）",
        "word inside": lambda n: f"{n[:3]}然后{n[3:7]}再{n[7:]}",
        "letter o": lambda n: n.replace("0", "O"),
    },
    "identity": {
        "dashes at the birth date": lambda n: f"{n[:6]}-{n[6:-4]}-{n[-4:]}",
        "small x": lambda n: f"身份证号码为{n.lower()}",
        "spelled": spelled,
        "in brackets": lambda n: f"（证件{n}）",
        "stars": lambda n: f"{n[:6]}********{n[-4:]}",
    },
    "card": {
        "account at a bank": lambda n: f"建行账号{n}户名本人",
        "dots": lambda n: f"{n[:4]}.{n[4:8]}.{n[8:12]}.{n[12:]}",
        "line break": lambda n: f"{n[:8]}\n{n[8:]}",
        "formal numerals": _formal,
    },
    "landline": {
        "extension": lambda n: f"{n[:-8]} {n[-8:-4]} {n[-4:]} 转 801",
        "without area code": lambda n: f"家里电话{n[-8:]}",
        "spelled": lambda n: f"座机{spelled(n[-8:])}",
        "bare eight digits": lambda n: f"打{n[-8:]}找我",
    },
    "plate": {
        "star": lambda n: f"鲁A*{n}",
        "wide dot": lambda n: f"鲁Ａ．{wide(n)}",
        "in a sentence": lambda n: f"一辆鲁A{n}的白色轿车",
        "pinyin": lambda n: f"LuA{n}",
        "letter and number": lambda n: f"车号A{n}",
    },
    "address": {
        "hash and hyphens": lambda n: f"翠竹3#2-{n}",
        "phase and tower": lambda n: f"翠竹二期 12 栋 B 座 {n}",
        "house attached": lambda n: f"东风街{n}号附3号",
        "door plate": lambda n: f"李家庄村三组门牌{n}",
        "tower": lambda n: f"万达A座{n}",
        "floor and room": lambda n: f"楼上9楼{n}室的租户",
    },
    "email": {
        "capitals in words": lambda n: f"{n} AT 163 DOT com",
        "provider first": lambda n: f"163邮箱：{n}",
        "line break": lambda n: f"{n}@\n163.com",
        "chinese quotes": lambda n: f"“{n}@139.com”",
    },
    "account": {
        "V": lambda n: f"加V：{n}",
        "Q": lambda n: f"Q{n}",
        "heart": lambda n: f"威❤{n}",
        "same name": lambda n: f"抖音同名{n}",
    },
}
SECRETS: dict[str, Callable[[random.Random], str]] = {
    "name": _name,
    "mobile": lambda rng: mobile(rng)[0],
    "identity": lambda rng: identity(rng),
    "card": lambda rng: "62" + digits(rng, 14),
    "landline": lambda rng: rng.choice(("010", "0531")) + rng.choice("2345678") + digits(rng, 7),
    "plate": lambda rng: rng.choice("ABCDEFGHJK") + digits(rng, 4),
    "address": lambda rng: str(rng.randint(11, 33) * 100 + rng.randint(1, 9)),
    "email": lambda rng: "".join(rng.choices("abcdefghijkmnpqrstuvwxyz", k=7)),
    "account": lambda rng: rng.choice("123456789") + digits(rng, 8),
}


def plant_second(kind: str) -> Callable[[random.Random], Planted]:
    """Return a planter of the second set's forms of one kind."""

    def plant(rng: random.Random) -> Planted:
        secret = SECRETS[kind](rng)
        if kind in {"identity", "card"} and not secret.isdigit():
            form = rng.choice([form for form in SECOND_FORMS[kind] if form != "spelled"])
        else:
            form = rng.choice(list(SECOND_FORMS[kind]))
        kept = secret[-8:] if kind == "landline" else secret
        return Planted(kind, form, SECOND_FORMS[kind][form](secret), (kept,))

    return plant


def ticket_text(rng: random.Random, planted: Planted) -> str:
    """Return a ticket's text around one identifier, which stands first, within or last."""
    matter = rng.choice(OFFICE_WORDS)
    frames = (
        f"{planted.text}，反映{matter}问题，要求尽快处理。",
        f"2026年4月9日上午反映{matter}，{planted.text}，共涉及12户，请核实。",
        f"来电称{matter}已3天无人处理，回访时请联系。{planted.text}",
        f"【诉求】{matter}；{planted.text}；工单转某街道办理",
    )
    return rng.choice(frames)


def plain(text: str) -> str:
    """Return text in which every writing of a digit is the same and nothing stands between letters."""
    spelled_back = {ord(letter): str(value) for value, letter in enumerate(NUMERALS)}
    spelled_back |= {ord(letter): str(value) for value, letter in enumerate("零壹贰叁肆伍陆柒捌玖")}
    folded = unicodedata.normalize("NFKC", text).translate(spelled_back).casefold()
    return re.sub(r"[\W_]", "", folded)


def remains(planted: Planted, redacted: str) -> bool:
    """Say whether a secret still stands in the text; of a long number seven digits in order are enough."""
    left = plain(redacted)
    left_digits = re.sub(r"[^0-9]", "", left.replace("o", "0"))
    for secret in map(plain, planted.secrets):
        is_long_number = secret[:-1].isdigit() and len(secret) > 7
        size, place = (7, left_digits) if is_long_number else (len(secret), left)
        if any(secret[start : start + size] in place for start in range(len(secret) - size + 1)):
            return True
    return False


def measure(count: int, seed: int, forms: str) -> tuple[Counter, Counter, Counter]:
    """Return planted and remaining by kind, and remaining by kind and form."""
    rng = random.Random(seed)
    planters = PLANTERS if forms == "first" else {kind: plant_second(kind) for kind in SECOND_FORMS}
    kinds = list(planters)
    planted_by_kind, left_by_kind, left_by_form = Counter(), Counter(), Counter()
    for index in range(count):
        planted = planters[kinds[index % len(kinds)]](rng)
        planted_by_kind[planted.kind] += 1
        if remains(planted, redact(ticket_text(rng, planted))):
            left_by_kind[planted.kind] += 1
            left_by_form[planted.kind, planted.form] += 1
    return planted_by_kind, left_by_kind, left_by_form


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--forms", choices=("first", "second"), default="second")
    arguments = parser.parse_args()
    planted, left, by_form = measure(arguments.count, arguments.seed, arguments.forms)
    print("| kind | planted | remain | % |\n|---|---|---|---|")
    for kind in planted:
        print(f"| {kind} | {planted[kind]} | {left[kind]} | {100 * left[kind] / planted[kind]:.1f} |")
    total = left.total()
    print(f"| all | {planted.total()} | {total} | {100 * total / planted.total():.1f} |")
    print("\nWhat remains, by form:")
    for (kind, form), count in sorted(by_form.items(), key=lambda item: (-item[1], item[0])):
        print(f"- {kind}, {form}: {count}")


if __name__ == "__main__":
    main()
