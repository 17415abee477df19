"""The files that pages are made of."""

import pytest

from analysis.report.page.assets import asset, used_rules

BODY = '<p class="lead first">…</p><ul class="kpis">…</ul>'


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("p,ul {margin:0;}", True),
        (".lead p {margin:0;}", True),
        (".lead.first,.dense {margin:0;}", True),
        (".dense,.lead.last {margin:0;}", False),
        (".kpis > .dense:hover {margin:0;}", False),
        ("table:not(.dense) td {margin:0;}", True),  # what is not there is what is asked for
        ("main > p:has(> .dense,> .kpis) {margin:0;}", True),
        (".h0 td:nth-child(2){margin:.5em;}", False),
        ("@page {margin:1.5em;}", True),
    ],
)
def test_a_rule_for_a_class_that_the_page_has_not_is_left_out(rule, kept):
    assert used_rules(rule, BODY) == rule * kept


def test_rules_within_a_medium_go_alone():
    style = "@media print {.dense {margin:0;}.lead {margin:0;> p {color:red;}}}"
    assert used_rules(style, BODY) == "@media print {.lead {margin:0;> p {color:red;}}}"


def test_the_page_s_style_loses_its_tables_where_none_is():
    assert ".dense" in asset("page.css") and ".dense td" not in used_rules(asset("page.css"), BODY)
