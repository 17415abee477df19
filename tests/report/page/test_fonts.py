"""A page's font has what the page needs, and is the same for the same characters."""

import base64
import io
import re
import runpy
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from traitlets.config import Config

from analysis.report.page.fonts import SANS, SERIF, font_face, font_path, subset_font

WORDS_OF_TITLES = (
    "热线与职责一、各单位办理情况二事项三交叉四监管异常名录五整改结果运用"
    "六下步附数据质量核实得分次同比环突出问题变更机关能行月度考评通报"
)


def characters_of(font: bytes) -> set[str]:
    return {chr(code) for code in TTFont(io.BytesIO(font)).getBestCmap()}


def outline_of(font: TTFont, character: str) -> tuple[float, list]:
    """Advance width and strokes of a character."""
    glyph, pen = font.getGlyphSet()[font.getBestCmap()[ord(character)]], RecordingPen()
    glyph.draw(pen)
    return glyph.width, pen.value


@pytest.mark.parametrize(("family", "more"), [(SANS, "09az"), (SERIF, "")])
def test_subset_holds_the_page_s_characters_and_few_others(family: str, more: str):
    characters = characters_of(subset_font(family, "月度考评通报"))
    assert set("月度考评通报" + more) <= characters
    assert not {"区", "Z" if family == SERIF else "区"} & characters


def test_an_embedded_font_is_packed_and_whole():
    rule = font_face(SANS, "月度考评通报")
    packed = base64.b64decode(re.search(r"base64,([^\"]+)", rule)[1])
    plain, read = subset_font(SANS, "月度考评通报"), TTFont(io.BytesIO(packed))
    assert read.flavor == "woff"
    assert len(packed) < 0.95 * len(plain)
    whole = TTFont(io.BytesIO(plain)).reader
    assert set(read.reader.tables) == set(whole.tables)
    assert all(read.reader[tag] == whole[tag] for tag in whole.tables)


@pytest.mark.parametrize("n_glyphs", range(1, 61))
def test_every_table_of_a_font_is_whole_also_where_packing_gains_nothing(n_glyphs: int):
    title = WORDS_OF_TITLES[:n_glyphs]
    packed = base64.b64decode(re.search(r"base64,([^\"]+)", font_face(SERIF, title))[1])
    whole, read = (TTFont(io.BytesIO(font)).reader for font in (subset_font(SERIF, title), packed))
    assert all(read[tag] == whole[tag] for tag in whole.tables)


def test_same_characters_give_the_same_bytes_in_whatever_order():
    assert subset_font(SANS, "评考评报通") == subset_font(SANS, "通报考评")


def test_character_that_the_font_lacks_is_left_to_the_reader_s_fonts():
    assert "\ue000" not in characters_of(subset_font(SANS, "评\ue000"))


@pytest.mark.parametrize("family", [SANS, SERIF])
def test_subset_keeps_its_outlines_its_family_and_its_style_alone(family: str):
    whole, cut = TTFont(font_path(family), lazy=True), TTFont(io.BytesIO(subset_font(family, "月度考评")))
    assert set(cut.keys()) == {"GlyphOrder", "CFF ", "OS/2", "cmap", "head", "hhea", "hmtx", "maxp", "name", "post"}
    assert {(name.nameID, name.toUnicode()) for name in cut["name"].names} == {(1, family), (2, "Regular")}
    for character in "月度考评":
        assert outline_of(cut, character) == outline_of(whole, character)


def test_font_face_is_embedded_and_loads_nothing():
    rule = font_face(SANS, "评")
    assert 'url("data:font/woff;base64,' in rule
    assert "http" not in rule


@pytest.mark.parametrize("family", [SANS, SERIF])
def test_font_carries_the_name_by_which_charts_ask_for_it(family: str):
    assert TTFont(font_path(family), lazy=True)["name"].getDebugName(1) == family


def test_jupyterlab_is_served_the_fonts_that_its_style_names():
    folder, config = Path(__file__).parents[3] / "notebooks/.jupyter", Config()
    runpy.run_path(str(folder / "jupyter_server_config.py"), {"get_config": lambda: config})
    served = [Path(path) for path in config.ServerApp.tornado_settings["static_custom_path"]]
    assert config.LabApp.custom_css
    assert served[0] / "custom.css" == folder / "custom" / "custom.css"
    style = (served[0] / "custom.css").read_text("utf-8")
    files = re.findall(r'url\("([^"]+)"\)', style)
    assert {font_path(family).name for family in (SANS, SERIF)} == set(files)
    assert all((served[1] / file).is_file() for file in files)
