// ---- the check: every step as [name, whether it holds] ----
function checkRound(announcement, hash, rounds, result, text, texts, declared) {
  const label = rounds.length ? `第${rounds.length}次补抽` : "抽取";
  const { sources, known, deadline } = termsOf(announcement, rounds, result);
  // Draws announced before vacancies were declared apart fill them with the first round's numbers.
  const isAsAnnounced = !rounds.length || (declared ? published(result.vacancy) === published(declared)
    : !announcement.later_draws && published(result.public_numbers) === published(rounds[0].public_numbers));
  const isOpen = result.reveal.on >= known && isAsAnnounced &&
    (!rounds.length || holdsByLot(announcement, rounds, result.vacancy.unit_id));
  const held = holdRound(announcement, hash, rounds, result, texts);
  const same = (...fields) => fields.every((f) => published(held[f]) === published(result[f]));
  return [
    [`${label}：公开号码属于公告所列的开奖，编码一致`, isOpen && numbersArePossible(sources, result.public_numbers) && same("public_text")],
    [`${label}：揭示码与承诺一致，期限与违规记录属实`, revealHolds(announcement, rounds.map((r) => r.reveal), result.reveal, deadline) && same("violations")],
    [`${label}：全部签号重算一致`, same("key", "tickets")],
    [`${label}：被抽单位、检查人员${announcement.duties ? "、抽查职责" : ""}和每一次跳过重算一致`, same("drawn", "unit_skips", "inspector_skips")],
    [`${label}：结果文件逐字节一致`, published(held) === text],
  ];
}

function checkVacancy(announcement, hash, rounds, earlier, found, text) {
  const label = `第${earlier.length + 1}次补抽的空缺`;
  const draw = announcement.later_draws?.find((d) => d.date >= addDays(found.published_on, announcement.rules.notice_days));
  const isVacant = holdsByLot(announcement, rounds.filter((r) => r.reveal.on <= found.published_on), found.unit_id);
  const isInOrder = earlier.every((v) => v.unit_id !== found.unit_id && v.published_on <= found.published_on) &&
    earlier.length + 1 < announcement.rules.chain_length;
  const { unit_id, published_on, reason, document: paper } = found;
  const declared = draw && {
    format: "draw-vacancy/1", draw_id: announcement.draw_id, announcement_hash: hash, round: earlier.length + 1,
    sources: announcement.rules.public_sources.filter((s) => s.name === draw.name)
      .map((s) => ({ ...s, issue: draw.issue, date: draw.date })),
    reveal_by: addDays(draw.date, announcement.rules.replacement_reveal_days),
    unit_id, published_on, reason, document: paper,
  };
  return [
    [`${label}：公布时单位在抽取名单之内，且只空缺一次`, isVacant && isInOrder],
    [`${label}：公布早于公告所定的开奖，期号、日期和期限一致`, Boolean(draw) && published(declared) === text],
  ];
}

function checkDraw({ announcement: text, announcement_hash: expected, rounds: texts, round_hashes: hashes, ...told }) {
  const announcement = JSON.parse(text);
  const hash = hashOf(text);
  const steps = [["公告文件的 SHA-256 与公示值一致", hash === expected && published(announcement) === text]];
  const rounds = [], vacancies = [];
  const addVacancy = (n) => {
    const found = JSON.parse(told.vacancies[n]);
    steps.push([`第${n + 1}份空缺文件的 SHA-256 与公示值一致`, hashOf(told.vacancies[n]) === told.vacancy_hashes[n]]);
    steps.push(...checkVacancy(announcement, hash, rounds, vacancies, found, told.vacancies[n]));
    vacancies.push(found);
  };
  texts.forEach((roundText, n) => {
    if (n > 0 && n <= told.vacancies.length) addVacancy(n - 1);
    steps.push([`第${n + 1}份结果文件的 SHA-256 与公示值一致`, hashOf(roundText) === hashes[n]]);
    const result = JSON.parse(roundText);
    steps.push(...checkRound(announcement, hash, rounds, result, roundText, texts, vacancies[n - 1]));
    rounds.push(result);
  });
  while (vacancies.length < told.vacancies.length) addVacancy(vacancies.length);
  return steps;
}

// What the page shows must be what its files say: a reader reads the tables, not the files.
function checkShown({ announcement: text, announcement_hash: expected, rounds: texts, vacancies }) {
  const announcement = JSON.parse(text);
  const rounds = texts.map((roundText) => JSON.parse(roundText));
  const units = new Map(announcement.units.map((u) => [u.unit_id, u.name]));
  const people = new Map(announcement.inspectors.map((p) => [p.inspector_id, p.name]));
  const strata = new Map(announcement.strata.map((s) => [s.id, s.name]));
  const duties = announcement.duties && new Map(announcement.duties.map((d) => [d.duty_id, d.name]));
  const named = announcement.strata.filter((s) => s.kind === "must").reduce((sum, s) => sum + s.number, 0);
  const places = rounds.flatMap((r) => r.drawn).sort((x, y) => x.order - y.order).map((p) =>
    [units.get(p.unit_id), p.order > named ? `${p.order - named}` : "—", strata.get(p.stratum), p.inspectors.map((i) => people.get(i)).join("、"),
    ...(duties ? [(p.duties ?? []).map((d) => duties.get(d)).join("、")] : [])]);
  const numbers = [announcement, ...vacancies.map((vacancy) => JSON.parse(vacancy))].flatMap(({ sources }, round) =>
    sources.map((s, n) => [`${round ? `第${round}次补抽 ` : ""}${s.name} ${s.part}`, s.issue, s.date,
      round < rounds.length ? [...rounds[round].public_numbers[n]].sort((x, y) => x - y).join(" ") : "待开奖"]));
  const later = (announcement.later_draws ?? []).map((d) => [d.name, d.issue, d.date]);
  const rowsOf = (id, columns) => Array.from(document.querySelectorAll(`#${id} tbody tr`), (row) =>
    Array.from(row.cells, (cell) => cell.textContent).slice(0, columns));
  const textOf = (selector) => Array.from(document.querySelectorAll(selector), (node) => node.textContent);
  const shown = [rowsOf("places", duties ? 5 : 4), rowsOf("numbers", 4), rowsOf("later", 4), textOf("#hash"), textOf("#commitment"), textOf(".code")];
  const meant = [places, numbers, later, [expected], [announcement.commitment], rounds.map((r) => r.reveal.code)];
  return [["页面显示的结果、号码和揭示码与文件一致", published(shown) === published(meant)]];
}

// Where the browser offers its own SHA-256, it must agree with the one above.
async function checkOwnHash(text) {
  if (!globalThis.crypto?.subtle) return [];
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
  return [["本页的 SHA-256 与浏览器自带的一致", toHex(digest) === hashOf(text)]];
}

async function main() {
  let steps;
  try {
    const data = JSON.parse(document.getElementById("data").textContent);
    steps = [...checkDraw(data), ...checkShown(data), ...(await checkOwnHash(data.announcement))];
  } catch (error) {
    steps = [[`文件无法读取或无法重算（${error.message}）`, false]];
  }
  const holds = steps.every(([, isHeld]) => isHeld);
  const failed = steps.filter(([, isHeld]) => !isHeld).length;
  const verdict = document.getElementById("verdict");
  verdict.textContent = holds
    ? `✓ 自检通过：${steps.length} 项全部一致（公告是否原件，请另核公告编码，见二）` : `✗ 自检未通过：${steps.length} 项中有 ${failed} 项不一致，本页内容不可采信`;
  verdict.className = holds ? "verdict holds" : "verdict fails";
  const list = document.getElementById("steps");
  list.parentElement.hidden = false;
  list.replaceChildren(...steps.map(([name, isHeld]) => {
    const item = document.createElement("li");
    item.textContent = `${isHeld ? "✓" : "✗"} ${name}`;
    return item;
  }));
  document.documentElement.dataset.verdict = holds ? "pass" : "fail";
}

main();
