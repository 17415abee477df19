"""A notebook with outputs as a run leaves them, for tests of the pages made from it."""

import re

import nbformat.v4 as v4
from nbformat import NotebookNode

CHART = (
    '<svg width="648pt" height="200pt" viewBox="0 0 648 200"><path d="M 0 0 L 648 200" '
    'style="stroke: #0b4f8a"/><text x="20" y="40" style="font-size: 12px">镇街得分低于部门</text></svg>'
)

# As pandas writes a frame in a notebook.
FRAME = (
    '<div><table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>得分</th></tr>'
    "</thead><tbody><tr><th>0</th><td>91.5</td></tr><tr><th>1</th><td>88.25</td></tr></tbody></table></div>"
)


def without_fonts(page: str) -> str:
    """The page without its embedded fonts, in whose letters any short word may occur."""
    return re.sub(r"@font-face\{[^}]*\}", "", page)


def show(data: dict, metadata: dict | None = None, source: str = "show_table(scores)") -> NotebookNode:
    """A code cell with one output."""
    output = v4.new_output("display_data", data, metadata=metadata or {})
    return v4.new_code_cell(source, execution_count=1, outputs=[output])


def show_chart(alt: str = "点图:镇街偏低", caption: str = "图 1 得分(分)") -> NotebookNode:
    told = {"image/svg+xml": {"alt": alt, "caption": caption}}
    return show({"image/svg+xml": CHART, "text/plain": "<Figure size 900x420>"}, told, "show_figure(chart)")


def ranking(n_units: int = 20) -> str:
    """A sortable table: ranks, names, tiers, and a last column with gaps and arrows."""
    tiers = [("excellent", "优秀"), ("good", "良好"), ("pass", "达标"), ("fail", "不达标")]
    rows = []
    for i in range(n_units):
        tier, name = tiers[i * 4 // n_units]
        change = "—" if i == 3 else f"{'▼' if i % 2 else '▲'} {i}.5"
        rows.append(
            f'<tr><td class="num">{i + 1}</td><th scope="row">第{i + 1}个住房和城乡建设管理委员会</th>'
            f'<td data-value="{i * 4 // n_units}"><span class="tier tier-{tier}">{name}</span></td>'
            f'<td class="num">{99 - i * 4.5:.2f}</td><td class="num">{change}</td></tr>'
        )
    names = '<th class="num">名次</th><th>单位</th><th>等次</th><th class="num">总分</th><th class="num">环比</th>'
    head = f"<thead><tr>{names}</tr></thead>"
    return f'<table class="sortable dense"><caption>表 1</caption>{head}<tbody>{"".join(rows)}</tbody></table>'


def bulletin() -> NotebookNode:
    """Prose, figures, a ranking and a chart; standard error and code that no page may show."""
    noisy = v4.new_code_cell(
        "SECRET_CODE = 1",
        execution_count=7,
        outputs=[
            v4.new_output("stream", name="stderr", text="UserWarning: noise"),
            v4.new_output("stream", name="stdout", text="共 85 个 <b>单位"),
        ],
    )
    kpi = '<li><span class="name">平均得分</span><span class="value">86.42</span></li>'
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# 月度考评通报(2026年10月)"),
            show({"text/html": '<div class="banner">草稿</div>'}),
            show({"text/html": f'<ul class="kpis">{kpi * 5}</ul>'}),
            v4.new_markdown_cell(
                "## 一、总体情况\n\n平均 **86.42** 分。\n\n| 渠道 | 得分 |\n|---|---:|\n| 日常 | 88.10 |"
            ),
            noisy,
            show_chart(),
            v4.new_markdown_cell("## 二、各单位得分与等次"),
            show({"text/html": ranking()}),
            show({"text/html": FRAME}),
            v4.new_markdown_cell("## 三、同比环比\n\n见[上文](#一-总体情况)。"),
        ]
    )
