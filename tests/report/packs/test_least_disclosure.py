"""One mark per audience and field, looked for in all bytes of every pack: found only where it may be (S23, S26)."""

import io
import re
import zipfile
from urllib.parse import unquote

import pytest

from analysis.report.packs.write import write_folders

from .months import mark, total_of

FIELDS = ("file", "sheet", "raw-common-01", "raw-common-06", "reason", "document", "item", "source", "problem")


@pytest.fixture(scope="module")
def packs(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "bulletin.html").write_text(f"<p>{mark('LEADERSHIP', 'bulletin')}</p>", encoding="utf-8")
    write_folders(content, folder)
    return {
        path.relative_to(folder).as_posix(): searchable(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def searchable(path) -> str:
    """All bytes of a file, those inside a zip unpacked, with its name and the names inside."""
    data = path.read_bytes()
    if not zipfile.is_zipfile(path):
        return path.name + data.decode("utf-8")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [name + archive.read(name).decode("utf-8") for name in archive.namelist()]
    return path.name + "".join(inside)


def page_of(unit_id: str, policy) -> str:
    return f"feedback/{unit_id}_{policy.names[unit_id]}.html"


def without_fonts(text: str) -> str:
    return re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)


def test_a_units_own_texts_stand_on_its_page(packs, policy):
    for unit_id in (policy.unit_ids[0], policy.unit_ids[-1]):
        missing = [field for field in FIELDS if mark(unit_id, field) not in packs[page_of(unit_id, policy)]]
        assert not missing


def test_no_units_text_stands_in_any_other_pack(packs, policy):
    marks = re.compile(r"CANARY-([A-Za-z0-9]+)-")
    for name, text in packs.items():
        own = name.removeprefix("feedback/").split("_")[0]
        allowed = {"LEADERSHIP"} if name in ("bulletin.html", "leadership/bulletin.html") else {own}
        assert set(marks.findall(text)) <= allowed, name


def test_no_page_names_another_unit(packs, policy, content):
    names = {unit_id: content.names[unit_id] for unit_id in policy.unit_ids}
    # The office that supervises, and a name inside of the own, are no disclosure.
    contact = policy.district.objection.contact + policy.district.office
    for unit_id in policy.unit_ids:
        # Nor who sent the marks: some offices that do are assessed themselves.
        text = re.sub("由[^；<]*报送", "", without_fonts(packs[page_of(unit_id, policy)]))
        others = [n for i, n in names.items() if i != unit_id and n not in names[unit_id] and n not in contact]
        assert not [name for name in others if name in text]
    assert not [name for name in names.values() if name in without_fonts(packs["public/index.html"])]
    assert not [name for name in names.values() if name not in packs["feedback/index.html"]]  # the office's own list


def test_no_page_shows_another_units_score(packs, policy):
    # The lowest total is the floor: what else has two decimals (points lost, margins) is far below it.
    for place, unit_id in enumerate(policy.unit_ids):
        own = {f"{total_of(place) + step:.2f}" for step in (0, -1)}  # its total and its channels
        shown = re.findall(r"(?<![\d.])\d\d\.\d\d(?![\d%])", without_fonts(packs[page_of(unit_id, policy)]))
        others = {figure for figure in shown if float(figure) >= total_of(0) - 1} - own - {"80.00"}  # an indicator's
        assert not others, unit_id


def test_offices_get_neither_scores_nor_evidence(packs, policy):
    for name in ("offices/index.html", "offices/offices.xlsx"):
        text = without_fonts(packs[name])
        assert not [n for n in range(len(policy.unit_ids)) if re.search(rf"(?<![\d.]){total_of(n):.2f}(?!\d)", text)]
        assert "CANARY" not in text


def test_the_public_edition_has_no_rank_of_a_town(packs, policy):
    text = without_fonts(packs["public/index.html"])
    towns = [unit for unit in policy.units if unit.is_town]
    assert not [town.name for town in towns if town.name in text or f">{town.id}<" in text]


def test_only_leadership_gets_the_bulletin(packs):
    found = [name for name, text in packs.items() if mark("LEADERSHIP", "bulletin") in text]
    assert found == ["bulletin.html", "leadership/bulletin.html"]


def test_every_audience_has_an_index_that_leads_nowhere_else(packs):
    for audience in ("leadership", "feedback", "offices", "public"):
        links = set(re.findall(r'href="([^"#]+)"', without_fonts(packs[f"{audience}/index.html"]))) - {"data:,"}
        assert all(f"{audience}/{unquote(link)}" in packs for link in links), links
