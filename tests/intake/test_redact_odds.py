"""A name is known by its letters and by what stands around it, whatever the cue."""

from pathlib import Path

import pytest

from analysis.intake.redact import odds, redact

ROWS = Path(odds.__file__).with_name("odds.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("货运站的吕建峰收了定金不发货", "吕建峰"),
        ("招商代办郭晓芸收钱后失联", "郭晓芸"),
        ("收费窗口那边许文静态度差", "许文静"),
        ("昨天碰见罗永强，他说不归他管", "罗永强"),
        ("钱都转进谭秀兰账户了", "谭秀兰"),
        ("跟陆晓东要了三回都不给", "陆晓东"),
    ],
)
def test_a_usual_name_is_found_without_a_known_cue(text, name):
    assert redact(text) == text.replace(name, "〔姓名〕")


@pytest.mark.parametrize(
    ("text", "name"), [("司机祝福今早没来", "祝福"), ("承运人许诺收了押金", "许诺"), ("组员明亮今早打人", "明亮")]
)
def test_behind_a_role_less_likely_letters_are_a_name(text, name):
    rest = text[text.index(name) :]
    assert name not in redact(text)
    assert redact(rest) == rest


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("物流公司的钱大力把箱子摔了", "钱大力"),
        ("传达室的吴老根不让进", "吴老根"),
        ("乘车信息：万青，半价票", "万青"),
        ("带队领导万青到场", "万青"),
    ],
)
def test_behind_a_label_and_whose_people_are_spoken_of_it_is_as_behind_a_role(text, name):
    assert name not in redact(text)


@pytest.mark.parametrize("text", ["地点：解放路88号对面没有路灯", "黄金坝村道路破损", "李家胡同支线停水"])
def test_a_place_is_no_name(text):
    assert "〔姓名〕" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "高峰时段马路堵死，方向牌看不清，水管常年漏水",
        "江北片区万家灯火工程年内完工，白天施工夜间停",
        "王家坝水库和李庄村之间的田埂塌了",
        "关于开展安全生产大检查的通知已经张贴",
        "农田水利设施管护和金融服务进村",
    ],
)
def test_words_that_hold_a_names_letters_stay(text):
    assert redact(text) == text


def test_names_that_overlap_give_way_to_the_likeliest():
    assert odds.find_likely("请找李志国强烈反对") == [(2, 5)]


def test_the_bonds_of_letters_speak_against_a_name():
    assert odds.find_likely("高峰") == []
    assert odds._bond(*"高峰") == 0  # no group: no bond
    assert odds._bond("峰|谷|", "峰") == 2
    assert odds._bond("峰|谷|", "谷") == 1


def test_a_row_a_letter_with_four_odds_and_its_followers():
    fields = [row.split("\t") for row in ROWS]
    assert {len(row) for row in fields} == {6}
    assert len({row[0] for row in fields}) == len(fields) > 5000
    followed = {row[0]: row[5] for row in fields}
    assert all(len(letters) == len(set(letters)) for letters in (row.replace("|", "") for row in followed.values()))
    assert odds._bond(followed["物"], "业") > odds._bond(followed["物"], "峰") == 0


@pytest.mark.parametrize("text", ["村会计按月公开账目", "环卫工人凌晨作业声响较大", "受理员误将投诉登记为咨询"])
def test_behind_a_role_words_that_are_no_names_elsewhere_need_more(text):
    assert redact(text) == text
