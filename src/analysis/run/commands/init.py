"""The command `analysis init`: a new district's rules from a list of its units."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.run.commands.terminal import PlainConsole

console = PlainConsole(soft_wrap=True)

_TO_LOOK_AT = (
    "params/units.yml：逐个核对单位、类别和窗口单位（is_window，R12）；编号一经使用不再更改。",
    "params/sheets.yml 的 deliveries：由哪个科室或单位报送，按本地分工改写。",
    "params/weights.yml：四个渠道的权重按原文20/30/30/20预填；职责调整的单位另加 adjustments（R18）。",
    "params/duties.yml：权责清单和边界清单的事项现为空；用 analysis duties 清单.xlsx --from 月份 导入（R8）。",
    "params/calendar.yml：补上放假通知已发布的年份（S19）。",
    "其余文件为原文规定和默认值，注释写明依据，可按本地文件修改。",
)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The district's new folder.")],
    units: Annotated[
        Path, typer.Option(help="A table of its units (xlsx, csv): 单位名称, and 单位类别, 简称, 编号, 窗口单位.")
    ],
    start: Annotated[str, typer.Option(help="The first month, YYYY-MM.")],
    name: Annotated[str, typer.Option(help="The district's name.")] = "",
    office: Annotated[str, typer.Option(help="The office that supervises.")] = "",
) -> None:
    """Write a district's params/ from a list of its units, and say what is left to decide."""
    from analysis.run.forms.init import begin_district

    begun = begin_district(folder, units, name=name, office=office, start=start)
    console.print(f"{folder / 'params'}：{len(begun.files)}个文件，{begun.n_units}个单位")
    console.print(f"以下{len(begun.pending)}处为“待定”，请填写：")
    for file, line, text in begun.pending:
        console.print(f"  params/{file} 第{line}行：{text}")
    console.print("请核对：")
    for told in _TO_LOOK_AT:
        console.print(f"  {told}")
    console.print(f"下一步：analysis start {start} --root {folder}")
