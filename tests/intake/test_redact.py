"""What points to a citizen goes; what does not, stays."""

import sys
from pathlib import Path

import pytest

from analysis.intake.redact import MARKS, redact, redact_with_counts

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        ("电话13812345678", "13812345678", "mobile"),
        ("电话138-1234 5678", "5678", "mobile"),
        ("１３８１２３４５６７８打不通", "１３８", "mobile"),
        ("一三八零零一三八零零零", "三八零零", "mobile"),
        ("+86 138 1234 5678", "1234", "mobile"),
        ("身份证110101199003071234", "1990", "identity"),
        ("身份证11010119900307123x", "1990", "identity"),
        ("证件110101900307123", "900307", "identity"),
        ("卡号6222 0212 3456 7890 123", "0212", "card"),
        ("鲁A·D12345违停", "12345", "plate"),
        ("鲁A12345占用车位", "12345", "plate"),
        ("家住阳光小区5号楼3单元201室", "201", "address"),
        ("历山路12号院3栋", "历山路", "address"),
        ("李家庄村3组12号", "李家庄", "address"),
        ("邮箱zhang.wei@163.com", "zhang", "email"),
        ("微信zhang_wei88", "zhang", "account"),
        ("QQ：123456789", "123456789", "account"),
        ("我家0532-88001234", "88001234", "landline"),
        ("来电人：李娜", "李娜", "name"),
        ("市民张伟反映积水", "张伟", "name"),
        ("欧阳修远先生来访", "欧阳", "name"),
        ("王女士的车", "王女士", "name"),
    ],
)
def test_an_identifier_is_replaced_by_the_mark_of_its_kind(text, secret, kind):
    redacted, counts = redact_with_counts(text)
    assert secret not in redacted
    assert MARKS[kind] in redacted
    assert counts[kind] == 1


def test_a_wrong_check_digit_still_points_to_a_person():
    assert "110101199003071235" not in redact("证件110101199003071235")


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-09 15:30:25，2026年处理",
        "共120，130，140，150元",
        "农村道路第3号文件，4月9号停电",
        "拨打12345热线",
        "按时办结率96.16%，涉及23974件",
        "",
    ],
)
def test_dates_amounts_and_hotlines_stay(text):
    assert redact(text) == text


@pytest.mark.parametrize("written", ["0531-88001234", "（0531）8800 1234", "053188001234", "88001234"])
def test_an_office_landline_stays_in_any_grouping(written):
    assert redact(f"请致电{written}咨询", office_landlines=["0531-88001234"]) == f"请致电{written}咨询"


@pytest.mark.parametrize("written", ["0532-88001234", "0531-88001235", "188001234567"])
def test_another_number_that_looks_like_an_office_landline_goes(written):
    assert written not in redact(f"请致电{written}咨询", office_landlines=["0531-88001234"])


def test_the_rest_of_the_text_is_untouched():
    assert redact("周一，13812345678一直打不通。\n第二行") == "周一，〔手机〕一直打不通。\n第二行"


def test_redacted_text_is_stable():
    once = redact("市民张伟反映阳光小区5号楼停水，电话13812345678")
    assert redact(once) == once


@pytest.mark.parametrize(("forms", "most"), [("first", 0.015), ("second", 0.025)])
def test_no_more_remains_than_docs_privacy_publishes(monkeypatch, forms, most):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    from redaction import measure

    planted, left, _ = measure(1_800, 20261124, forms)
    assert planted.total() == 1_800
    assert left.total() <= most * planted.total()
    assert left["identity"] == left["card"] == left["plate"] == 0
