"""The public page of a draw, in a real browser: its own check and Python's must agree, also on what was altered."""

import hashlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.action.draw.announcement import MADE_UP_ISSUE
from analysis.action.draw.files import ANNOUNCEMENT
from analysis.action.draw.office import read_announcement, read_rounds, read_vacancies
from analysis.action.draw.result import result_name, vacancy_name
from analysis.action.draw.rounds import compute_draw
from analysis.action.draw.verify import verify_draw
from analysis.policy.models import Contacts
from analysis.report.draw import embed_data, render_draw_page

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "src/analysis/report/templates/draw/check_draw.txt"


@pytest.fixture
def html(published) -> str:
    return render_draw_page(*read_files(published), is_synthetic=True)


def read_files(folder: Path) -> tuple:
    return read_announcement(folder), read_rounds(folder), read_vacancies(folder)


@pytest.fixture
def load(browser, tmp_path):
    """Open a page from a file, offline, and return it once its check has ended; requests and errors are collected."""

    def open_page(html: str, width: int = 1200):
        path = tmp_path / "draw.html"
        path.write_text(html, "utf-8")
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-verdict]")
        return page

    return open_page


def read_verdict(page) -> str:
    return page.get_attribute("html", "data-verdict")


def check_again(page, data: dict) -> str:
    """The page's verdict on other embedded files."""
    page.evaluate(
        "async (text) => { document.getElementById('data').textContent = text; await main(); }", json.dumps(data)
    )
    return read_verdict(page)


@pytest.mark.browser
def test_page_holds_the_draw_again_and_loads_nothing(load, html):
    page = load(html)
    assert read_verdict(page) == "pass"
    assert page.inner_text("#verdict").startswith("✓ 自检通过")
    assert len(page.requests) == 1
    assert page.errors == []


@pytest.mark.browser
def test_page_shows_every_place_with_unit_and_inspectors(load, html, published):
    page = load(html)
    announcement, rounds = read_announcement(published), read_rounds(published)
    names = {u.unit_id: u.name for u in announcement.units} | {p.inspector_id: p.name for p in announcement.inspectors}
    shown = page.inner_text("#places")
    for place in (place for result in rounds for place in result.drawn):
        assert names[place.unit_id] in shown
        assert "、".join(names[i] for i in place.inspectors) in shown
    assert "未在期限内公布揭示码" in page.inner_text("main")


def test_page_reckons_the_chance_among_all_with_those_drawn_before_left_out(published, html):
    strata = read_announcement(published).strata
    (rest,) = (stratum for stratum in strata if stratum.kind == "all")
    before = sum(stratum.number for stratum in strata if stratum.kind in ("watch", "departments", "towns"))
    left = len(rest.candidates) - before
    reckoned = f"{len(rest.candidates)}个减去此前各类抽出的{before}个，余{left}个中抽{rest.number}个"
    assert before and f"{reckoned}（{rest.number}÷{left}＝{rest.number / left:.2%}）" in html
    # Whom the office named is no candidate of a lot: the row of the table and the sentence say the same chance.
    counted = [r'data-head="计名额的单位">\d+', f'data-head="候选单位">{len(rest.candidates)}']
    cells = "".join(f'<td class="num" {each}</td>' for each in counted)
    row = re.search(f">{rest.name}</th>{cells}.*?</tr>", html)[0]
    assert f"{rest.number / left:.2%}" in row


def test_page_says_from_how_many_units_the_places_of_each_stratum_are_counted(make_announcement):
    """With candidates alone a reader finds one place in twelve where two of 29 were reckoned."""
    history = [{"period": "2026-09", "unit_id": f"D{n:02}"} for n in range(5, 15)]
    announcement = make_announcement(watch=("D03", "T04"), must=("D01",), history=history)
    html, units = render_draw_page(announcement, []), announcement.units
    rows = re.findall(
        r'<tr><th scope="row">([^<]*)</th>((?:<td class="num" data-head="[^"]+">[^<]*</td>){4})</tr>', html
    )
    shown = {name: re.findall(r">([^<]+)<", cells) for name, cells in rows}
    of = {kind: sum(u.unit_id.startswith(kind) and not u.is_watch for u in units) for kind in "DT"}
    base = {"must": "—", "watch": "2", "departments": str(of["D"]), "towns": str(of["T"]), "all": str(len(units))}
    for stratum in announcement.strata:
        assert shown[stratum.name][:3] == [base[stratum.kind], str(len(stratum.candidates)), str(stratum.number)]
    ordinary = [stratum for stratum in announcement.strata if stratum.kind in ("departments", "towns")]
    assert [-(-5 * of[kind] // 100) for kind in "DT"] == [stratum.number for stratum in ordinary]
    assert of["D"] > len(ordinary[0].candidates)


def test_page_lists_who_may_inspect_with_recusals_and_marks_who_is_announced_as_listed(make_announcement):
    people = [{"inspector_id": f"P{n}", "name": f"检查员{n}", "load_limit": n % 3 or None} for n in range(1, 10)]
    recusals = [{"inspector_id": "P2", "unit_id": unit_id} for unit_id in ("D05", "T02")]
    announcement = make_announcement(watch=("D03", "T04"), inspectors=people, recusals=recusals)
    html = render_draw_page(announcement, [])
    units = {unit.unit_id: unit.name for unit in announcement.units}
    (told,) = re.findall(r"<summary>候选检查人员名单.*?</details>", html, re.DOTALL)
    rows = [re.sub("<[^>]*>", " ", row).split() for row in re.findall("<tr>(.*?)</tr>", told)[1:]]
    recused = {(each.inspector_id, each.unit_id) for each in announcement.recusals}
    assert recused and f"名单（{len(announcement.inspectors)}人）" in told
    for person, (name, most, kept_away) in zip(announcement.inspectors, rows, strict=True):
        usual = announcement.rules.visits_per_inspector
        assert (name, most) == (person.name, str(usual if person.load_limit is None else person.load_limit))
        own = [units[unit_id] for inspector_id, unit_id in sorted(recused) if inspector_id == person.inspector_id]
        assert kept_away == ("、".join(own) or "—")
    (list_,) = re.findall(r"<summary>候选单位名单.*?</details>", html, re.DOTALL)
    marked = [unit.name for unit in announcement.units if unit.is_watch]
    found = re.findall(r'<th scope="row">([^<]*)</th><td data-head="类别">[^<]*（公告之日列为名录单位）', list_)
    assert marked and found == marked


def test_page_says_what_its_check_does_and_how_places_come_about_and_names_no_command(html):
    assert "analysis draw" not in html
    assert "检查人员的分派、跳过和补抽由本页自检重新计算（见二）；各类名额在公告中定下，程序和自检都不重算" in html
    told = "各按本类单位（名录单位除外）的5%安排，零头进一；监管异常名录单位按约2倍于一般单位的比例安排；"
    assert told in html and "合计不足候选单位的5%、至少1个的由其补足" in html


@pytest.mark.browser
def test_page_before_the_draw_checks_the_announcement(load, committed):
    page = load(render_draw_page(read_announcement(committed / "public"), []))
    assert read_verdict(page) == "pass"
    assert "尚未抽取" in page.inner_text("main")


@pytest.mark.browser
def test_page_before_the_draw_sees_an_altered_announcement(load, committed):
    html = render_draw_page(read_announcement(committed / "public"), [])
    assert read_verdict(load(html.replace('\\"is_watch\\": true', '\\"is_watch\\": false', 1))) == "fail"


@pytest.mark.browser
def test_page_shows_an_open_vacancy_with_the_public_draw_that_decides_it(load, published):
    for path in published.glob("replacement-2.*"):
        path.unlink()
    page = load(render_draw_page(*read_files(published)))
    assert read_verdict(page) == "pass"
    assert "待补抽，2026-12-24前公布揭示码" in page.inner_text("#places")
    assert "第2次补抽 中国体育彩票超级大乐透 前区\t26143\t2026-12-19\t待开奖" in page.inner_text("#numbers")


@pytest.mark.browser
def test_page_checks_a_draw_announced_before_vacancies_were_declared_apart(load):
    page = load(render_draw_page(*read_files(Path(__file__).parent / "announced_before_s48")))
    assert (read_verdict(page), page.errors) == ("pass", [])
    assert page.query_selector("#later") is None


VACANCY_FORGERIES = [
    {"published_on": "2026-12-12"},
    {"reveal_by": "2026-12-30"},
    {"unit_id": "D30"},
    {"reason": "另一个理由"},
    {"round": 3},
    {"sources": []},
]


@pytest.mark.browser
@pytest.mark.parametrize("changes", VACANCY_FORGERIES)
def test_page_and_verify_find_a_forged_vacancy_though_its_hash_was_written_again(
    load, html, published, tmp_path, changes
):
    data = embed_data(*read_files(published))
    forged = json.loads(data["vacancies"][0]) | changes
    data["vacancies"][0] = json.dumps(forged, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
    data["vacancy_hashes"][0] = hashlib.sha256(data["vacancies"][0].encode()).hexdigest()
    write_files(tmp_path / "files", data)
    assert (check_again(load(html), data), bool(verify_draw(tmp_path / "files"))) == ("fail", True)


FORGED_HTML = [
    lambda html: re.sub(r"虚构单位(\w)\d\d</th>", r"虚构单位\g<1>99</th>", html, count=1),  # the table that people read
    lambda html: html.replace("检查员", "检查人", 1),
    lambda html: html.replace('<dd id="hash">', '<dd id="hash">0', 1),
    lambda html: html.replace('\\"order\\": 2', '\\"order\\": 3', 1),  # the embedded files
    lambda html: html.replace('\\"is_watch\\": true', '\\"is_watch\\": false', 1),
    lambda html: html.replace('id="data">{', 'id="data">', 1),
]


@pytest.mark.browser
@pytest.mark.parametrize("forge", FORGED_HTML)
def test_page_that_was_altered_says_so(load, html, forge):
    forged = forge(html)
    assert forged != html
    page = load(forged)
    assert read_verdict(page) == "fail"
    assert page.inner_text("#verdict").startswith("✗ 自检未通过")


@pytest.mark.browser
def test_a_changed_script_does_not_run(browser, html, tmp_path):
    path = tmp_path / "draw.html"
    path.write_text(html.replace('dataset.verdict = holds ? "pass" : "fail"', 'dataset.verdict = "pass"'), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    assert page.inner_text("#verdict") == "本页尚未自检"


@pytest.mark.browser
def test_page_and_verify_agree_on_every_change_of_one_character(load, html, published, tmp_path, size):
    page = load(html)
    original = embed_data(*read_files(published))
    verdicts = []
    for trial in range(size(40, 500)):
        data = json.loads(json.dumps(original))
        change_one_character(data, random.Random(trial))
        folder = tmp_path / f"files{trial}"
        write_files(folder, data)
        verdicts.append((check_again(page, data) == "pass", verify_draw(folder) == []))
    print(f"\npage and verify: {len(verdicts)} changes, {verdicts.count((False, False))} rejected by both")
    assert set(verdicts) == {(False, False)}
    assert check_again(page, original) == "pass"


def change_one_character(data: dict, dice: random.Random) -> None:
    texts = [("announcement", None), ("announcement_hash", None)]
    texts += [(field, n) for field in ("rounds", "round_hashes") for n in range(len(data["rounds"]))]
    texts += [(field, n) for field in ("vacancies", "vacancy_hashes") for n in range(len(data["vacancies"]))]
    field, n = dice.choice(texts)
    text = data[field] if n is None else data[field][n]
    place = dice.randrange(len(text))
    changed = text[:place] + dice.choice([chr(c) for c in range(32, 127) if chr(c) != text[place]]) + text[place + 1 :]
    if n is None:
        data[field] = changed
    else:
        data[field][n] = changed


def write_files(folder: Path, data: dict) -> None:
    folder.mkdir()
    names = [ANNOUNCEMENT, *(result_name(n) for n in range(len(data["rounds"])))]
    names += [vacancy_name(n + 1) for n in range(len(data["vacancies"]))]
    texts = [data["announcement"], *data["rounds"], *data["vacancies"]]
    hashes = [data["announcement_hash"], *data["round_hashes"], *data["vacancy_hashes"]]
    for name, text, digest in zip(names, texts, hashes, strict=True):
        (folder / name).write_text(text, "utf-8")
        (folder / name).with_suffix(".sha256").write_text(f"{digest}  {name}\n", "utf-8")


@pytest.mark.browser
def test_page_agrees_where_its_hashes_were_written_again(load, html, published, tmp_path):
    page = load(html)
    original = embed_data(*read_files(published))
    for n, (old, new) in enumerate([('"order": 2', '"order": 7'), ('"P', '"Q'), ('"missing_reveal"', '"late_reveal"')]):
        data = json.loads(json.dumps(original))
        data["rounds"] = [text.replace(old, new, 1) for text in data["rounds"]]
        data["round_hashes"] = [hashlib.sha256(text.encode()).hexdigest() for text in data["rounds"]]
        write_files(tmp_path / f"files{n}", data)
        assert (check_again(page, data), bool(verify_draw(tmp_path / f"files{n}"))) == ("fail", True)


@pytest.mark.browser
def test_page_finds_the_same_draw_under_random_recusals(load, html, make_announcement, numbers, code, size):
    from datetime import date

    from analysis.policy.errors import DataError

    page = load(html)
    n_held = n_skips = 0
    for trial in range(size(30, 400)):
        dice = random.Random(trial)
        units, people = [f"D{i:02d}" for i in range(1, 9)], [f"P{i:02d}" for i in range(1, 7)]
        pairs = [{"inspector_id": p, "unit_id": u} for p in people for u in units if dice.random() < 0.5]
        inspectors = [{"inspector_id": p, "name": "某", "load_limit": dice.randint(1, 3)} for p in people]
        try:
            announcement = make_announcement(
                n_departments=8, n_towns=0, watch=dice.sample(units, 2), inspectors=inspectors, recusals=pairs
            )
        except DataError:
            continue
        result = compute_draw(announcement, numbers, code(0), date(2026, 12, 7))
        page.evaluate(
            "document.querySelectorAll('#places, #numbers, #hash, #commitment, .code').forEach(e => e.remove())"
        )
        steps = page.evaluate("(data) => checkDraw(data)", embed_data(announcement, [result]))
        assert all(holds for _, holds in steps), (trial, steps)
        n_held += 1
        n_skips += sum(skip.reason == "no_lawful_team" for skip in result.unit_skips)
    print(f"\npage under recusals: {n_held} draws equal, {n_skips} units skipped for want of a lawful team")
    assert n_held > size(5, 100)
    assert n_skips


@pytest.mark.browser
def test_the_pages_own_sha_256_and_hmac_are_pythons(load, html):
    import hmac

    page = load(html)
    dice = random.Random(0)
    messages = [dice.randbytes(length) for length in (*range(0, 140), 1000, 4096)]
    found = page.evaluate("(all) => all.map((m) => toHex(sha256(Uint8Array.from(m))))", [list(m) for m in messages])
    assert found == [hashlib.sha256(m).hexdigest() for m in messages]
    keys = [dice.randbytes(length) for length in (0, 1, 32, 63, 64, 65, 200)]
    pairs = [[list(key), list(message)] for key in keys for message in messages[::20]]
    found = page.evaluate("(all) => all.map(([k, m]) => toHex(hmac(Uint8Array.from(k), Uint8Array.from(m))))", pairs)
    assert found == [hmac.digest(bytes(k), bytes(m), "sha256").hex() for k, m in pairs]


@pytest.mark.browser
def test_page_checks_itself_where_the_browser_hides_its_cryptography(browser, html, tmp_path):
    path = tmp_path / "draw.html"
    path.write_text(html, "utf-8")
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-verdict]")
    assert read_verdict(page) == "pass"
    steps = page.text_content("#steps")
    assert "公告文件的 SHA-256" in steps and "浏览器自带" not in steps


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1200])
def test_page_is_not_cut_off(load, html, width):
    page = load(html, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_page_has_no_barrier_that_axe_knows(load, html):
    results = Axe().run(load(html))
    assert results.response["violations"] == [], results.generate_report()


def test_page_is_the_same_bytes_each_time_and_needs_no_network(html, published):
    assert html == render_draw_page(*read_files(published), is_synthetic=True)
    assert '<html lang="zh-CN">' in html
    assert not re.search(r"(src|href|action)=[\"']?(https?:)?//", html)


def test_names_cannot_write_into_the_page(make_announcement):
    units = [u.model_dump() | {"name": "</script><b>甲"} for u in make_announcement().units]
    html = render_draw_page(make_announcement(units=units), [])
    assert "<b>甲" not in html


def test_the_twenty_lines_accept_a_draw_and_refuse_a_forged_one(published):
    lines = [line for line in PROGRAM.read_text("utf-8").splitlines() if line]
    assert len(lines) <= 20
    run = [sys.executable, str(PROGRAM)]
    good = subprocess.run(run, cwd=published, capture_output=True, text=True, check=False)
    assert (good.returncode, "抽取结果与公告相符" in good.stdout) == (0, True)
    for name, old, new in [("result.json", '"unit_id": "D', '"unit_id": "E'), (ANNOUNCEMENT, "澄川区", "澄川县")]:
        path = published / name
        text = path.read_text("utf-8")
        path.write_text(text.replace(old, new, 1), "utf-8")
        assert subprocess.run(run, cwd=published, capture_output=True, check=False).returncode == 1
        path.write_text(text, "utf-8")


def test_the_documented_program_is_the_one_on_the_page():
    (documented,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "draw.md").read_text("utf-8"), re.DOTALL)
    assert documented == PROGRAM.read_text("utf-8")


def test_on_a_phone_no_cell_of_the_result_lies_beyond_the_edge(load, published):
    page = load(render_draw_page(*read_files(published)), width=360)
    for table in ("#places", "#numbers"):
        boxes = page.locator(f"{table} tbody > tr > *").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect().right)"
        )
        assert boxes and max(boxes) <= 360
        heads = page.locator(f"{table} thead th").all_text_contents()[1:]
        told = (
            page.locator(f"{table} tbody tr")
            .first.locator("td")
            .evaluate_all("all => all.map(e => [e.dataset.head, getComputedStyle(e, '::before').content])")
        )
        assert told == [[head, f'"{head}"'] for head in heads] != []


def test_the_page_begins_in_plain_words_leads_to_its_files_and_folds_the_cryptography(load, published):
    page = load(render_draw_page(*read_files(published), back="../../index.html"))
    assert "候选名单和规则先行公告" in page.locator("main > p").nth(1).inner_text()
    links = page.locator("main > p a").evaluate_all("all => all.map(e => e.getAttribute('href'))")
    assert (links[0], links[-1]) == ("announcement.json", "../../index.html")
    assert set(links[:-1]) == {path.name for path in published.glob("*.json") if not path.name.startswith("vacancy")}
    assert not page.locator("#commitment").is_visible() and not page.locator("pre").is_visible()
    page.get_by_text("承诺、揭示码和密钥").click()
    assert page.locator("#commitment").is_visible()


def told_of_candidates(html: str) -> str:
    (told,) = re.findall(r"<p>(面向群众办事服务的[^<]*)</p>", html)
    return told


@pytest.mark.parametrize("n_towns", [3, 60])
def test_who_the_candidates_are_holds_in_a_district_of_any_size(make_announcement, numbers, code, n_towns):
    announcement = make_announcement(n_departments=6, n_towns=n_towns)
    told = told_of_candidates(
        render_draw_page(announcement, [compute_draw(announcement, numbers, code(0), on=announcement.reveal_by)])
    )
    assert told.startswith(f"面向群众办事服务的单位都是候选，不事先挑选，共{6 + n_towns}个。")
    assert "必查" not in told and "较多" not in told


def test_the_page_says_why_the_candidates_are_so_many_and_how_many_of_them_lots_are_drawn_for(published, html):
    announcement = read_announcement(published)
    kinds = {stratum.kind: len(stratum.candidates) for stratum in announcement.strata}
    told = told_of_candidates(html)
    assert f"共{len(announcement.units)}个。" in told and f"其余{kinds['all']}个参加抽签" in told
    for words in ("和必查单位都是候选", "由编办在公告中指定", "具体事由不在公告之列"):
        assert (words in told) == (kinds["must"] > 0) != ("不事先挑选" in told)
    full = len(announcement.units) - kinds["must"] - kinds["all"]
    for number, words in ((kinds["must"], "必查的{}个"), (full, "次的{}个不再抽（本年各月已查单位列于公告）")):
        assert (words.format(number) in told) == (number > 0)


MARKS = [  # marked units, visits of them that fill the year, number of places → what is told
    (["D01"], [], "公告列为监管异常名录单位的1个有1个名额，直接选中"),
    (["D01", "D02"], ["D01"], "名录单位的2个，其中1个本年已查满2次不再抽、其余1个有1个名额，直接选中"),
    (["D01", "D02"], ["D01", "D02"], "名录单位的2个，本年均已查满2次，不再抽。"),
    (
        ["D01", "D02", "D03"],
        [],
        "名录单位的3个有1个名额，每个抽中机会33.33%（名额按约2倍于一般单位",
    ),
    ([], [], ""),
]


@pytest.mark.parametrize(("watch", "full", "told"), MARKS)
def test_what_becomes_of_the_units_marked_as_listed_adds_up(make_announcement, watch, full, told):
    history = [{"unit_id": unit_id, "period": period} for unit_id in full for period in ("2026-01", "2026-02")]
    announcement = make_announcement(n_departments=30, n_towns=10, watch=watch, history=history)
    found = told_of_candidates(render_draw_page(announcement, []))
    assert told in found and ("异常名录" in found) == bool(watch)


def test_a_stratum_of_which_all_are_taken_has_no_chance_in_per_cent(make_announcement):
    html = render_draw_page(make_announcement(n_departments=30, watch=["D01"]), [])
    (row,) = re.findall(r'<th scope="row">监管异常名录单位</th>.*', html)
    assert "全部选中" in row and "%" not in row


@pytest.mark.browser
def test_a_unit_that_was_marked_wrongly_is_told_so_beside_its_result(load, published):
    files = read_files(published)
    place = files[1][0].drawn[0]
    page = load(render_draw_page(*files, misplaced=[place.unit_id]))
    assert read_verdict(page) == "pass"
    row = page.locator("#places tbody tr").filter(has_text="公告误列为名录单位，实际不在名录")
    name = next(unit.name for unit in files[0].units if unit.unit_id == place.unit_id)
    assert row.count() == 1 and row.locator("th").inner_text() == name


def test_how_the_list_came_about_is_told_with_days_and_numbers_before_the_ticks(published, html, committed):
    steps = re.findall(r"<li>(.*?)</li>", html[html.index("<h2>二") : html.index("<h2>三")])
    announcement, (first, *_) = read_announcement(published), read_rounds(published)
    day = announcement.published_on
    assert steps[0].startswith(f"{day.year}年{day.month}月{day.day}日发布公告")
    for source, numbers in zip(announcement.sources, first.public_numbers, strict=True):
        assert f"{source.part}{' '.join(map(str, sorted(numbers)))}" in steps[1]
        assert f"{source.name}第{source.issue}期" in steps[1]
    assert "名单" in steps[2] and len(steps) == 5  # and what a reader compares: numbers, and the announcement's hash
    before = render_draw_page(read_announcement(committed / "public"), [])
    assert "号码届时产生" in before and "届时公布的号码" in before


@pytest.mark.browser
def test_a_self_check_claims_no_more_than_it_proves(load, published, html):
    """Whoever holds the code can change the announcement after the draw and publish all files anew: the page passes."""
    lead = re.search(r'<p class="lead">(.*?)</p>', html)[1]
    assert (
        "自检只证明名单确由页内的公告、号码和揭示码算出" in lead
        and "2026年12月1日原件，须与当日公布的公告编码核对" in lead
    )
    assert "事后不能挑选" not in html and "一字改动" not in html
    assert "公告是否原件，请另核公告编码" in load(html).inner_text("#verdict")
    assert "公告当日公布处：未登记，暂无法核对是否原件" in html
    told = render_draw_page(*read_files(published), contacts=Contacts(announcements="政务栏", pages="某科"))
    assert "公告当日公布处：政务栏。" in told and "未登记，暂无法" not in told
    for line in ("<li>对办理结果不满意：未登记</li>", "<li>对本页数据或摇号有疑问：某科</li>"):
        assert line in told


def test_made_up_numbers_are_compared_with_nothing(published, html):
    announcement, *others = read_files(published)
    sources = [source.model_copy(update={"issue": f"{MADE_UP_ISSUE}1"}) for source in announcement.sources]
    made_up = announcement.model_copy(update={"sources": tuple(sources)})
    assert (
        "期号、开奖日期和号码均为虚构，无从对照；实际使用时，上面的期号、开奖日期和号码应与开奖机构公布的对照"
        in render_draw_page(made_up, *others)
    )
    assert "无从对照" not in html and "上面的期号、开奖日期和号码应与开奖机构公布的对照" in html


def test_every_candidate_is_named_with_its_visits_and_lots_and_every_ticket_by_name(published, html):
    announcement, (first, *_), _ = read_files(published)
    names = {unit.unit_id: unit.name for unit in announcement.units}
    listed = html[html.index("候选单位名单") :].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>.*?本年已查次数">(\d+)<.*?抽签">(.*?)</td></tr>', listed)
    assert [name for name, *_ in rows] == [unit.name for unit in announcement.units]
    assert f"候选单位名单（{len(names)}个）" in html
    of_kind = {stratum.kind: set(stratum.candidates) for stratum in announcement.strata}
    for unit, (_, visits, lots) in zip(announcement.units, rows, strict=True):
        assert int(visits) == sum(v.unit_id == unit.unit_id and v.period[:4] == "2026" for v in announcement.history)
        is_free = unit.unit_id in of_kind["all"]
        assert ("全体候选单位" in lots) == is_free and ("不参加" in lots) == (not is_free)
        assert lots.startswith("必查") == (unit.unit_id in of_kind["must"])
    for ticket in first.tickets:
        assert f'<th scope="row">{names[ticket.unit_id]}</th><td>{ticket.unit_id}</td>' in html


def test_named_units_are_not_said_to_be_drawn(published, html):
    announcement, (first, *_), _ = read_files(published)
    n_named = sum(stratum.number for stratum in announcement.strata if stratum.kind == "must")
    n_free = len({i for stratum in announcement.strata if stratum.kind != "must" for i in stratum.candidates})
    n_lots = len(first.drawn) - n_named
    told = f"{n_named}个指定必查、不摇号，{n_lots}个从{n_free}个单位中由公开号码摇号抽出"
    assert n_named and f"有{len(first.drawn)}个单位接受检查：{told}" in html
    orders = re.findall(r'data-head="抽取次序">(.*?)<', html)
    assert orders[:n_named] == ["—"] * n_named
    assert set(orders[n_named:]) == {str(place) for place in range(1, n_lots + 1)}


@pytest.mark.browser
def test_on_paper_what_was_published_stands_and_no_section_is_empty(load, html):
    page = load(html)
    assert not page.locator("#steps").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#steps").is_visible() and page.locator("#commitment").is_visible()
    assert not page.get_by_text("六、自己动手核对").is_visible()


def test_an_empty_column_of_notes_is_left_out(published, make_announcement, numbers, code):
    announcement = make_announcement()
    plain = render_draw_page(announcement, [compute_draw(announcement, numbers, code(0), on=announcement.reveal_by)])
    assert '<th scope="col">说明</th>' not in plain and 'data-head="说明"' not in plain
    noted = render_draw_page(*read_files(published))
    assert noted.count('data-head="说明"') == noted.count('data-head="检查人员"') > 0
