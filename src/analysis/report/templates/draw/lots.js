// ---- inspectors: recusal, load limits, looked ahead by maximum flow ----
function maximumFlow(edges) {
  const left = new Map();
  const at = (a) => left.get(a) ?? left.set(a, new Map()).get(a);
  for (const [a, b, capacity] of edges) {
    at(a).set(b, (at(a).get(b) ?? 0) + capacity);
    at(b).set(a, at(b).get(a) ?? 0);
  }
  for (let flow = 0; ; flow++) {
    const from = new Map([["source", null]]);
    for (const a of from.keys()) for (const [b, c] of at(a)) if (c > 0 && !from.has(b)) from.set(b, a);
    if (!from.has("sink")) return flow;
    for (let b = "sink", a = from.get(b); a !== null; b = a, a = from.get(b)) {
      at(a).set(b, at(a).get(b) - 1);
      at(b).set(a, at(b).get(a) + 1);
    }
  }
}

const staffEdges = (units, staff) => [
  ...units.flatMap((u) => [...staff.allowed[u]].map((i) => [`u ${u}`, `i ${i}`, 1])),
  ...Object.keys(staff.loads).map((i) => [`i ${i}`, "sink", staff.loads[i]]),
];

function canStaff(needs, staff) {
  const units = Object.keys(needs);
  const wanted = units.reduce((sum, u) => sum + needs[u], 0);
  return maximumFlow([...units.map((u) => ["source", `u ${u}`, needs[u]]), ...staffEdges(units, staff)]) === wanted;
}

function canComplete(staff, drawn, places) {
  const open = places.filter((p) => p.number > 0);
  const needs = Object.fromEntries(drawn.map((u) => [u, staff.perVisit]));
  if (open.length === 0) return canStaff(needs, staff);
  const rest = open.map((p) => p.candidates.filter((u) => !drawn.includes(u)));
  const units = [...new Set(rest.flat())];
  const relaxed = maximumFlow([ // necessary: here a place may be split between two units
    ...drawn.map((u) => ["source", `u ${u}`, staff.perVisit]),
    ...open.map((p, n) => ["source", `p ${n}`, p.number * staff.perVisit]),
    ...rest.flatMap((candidates, n) => candidates.map((u) => [`p ${n}`, `c ${u}`, staff.perVisit])),
    ...units.map((u) => [`c ${u}`, `u ${u}`, staff.perVisit]),
    ...staffEdges([...drawn, ...units], staff),
  ]);
  if (relaxed < staff.perVisit * (drawn.length + open.reduce((sum, p) => sum + p.number, 0))) return false;
  const tried = new Set(); // candidates with equal recusals stand for one another
  return rest[0].some((unit, n) => {
    const kind = [...staff.allowed[unit]].join();
    if (tried.has(kind)) return false;
    tried.add(kind);
    return canComplete(staff, [...drawn, unit],
      [{ candidates: rest[0].slice(n + 1), number: open[0].number - 1 }, ...open.slice(1)]);
  });
}

function readStaff(announcement, keptPlaces) {
  const recused = new Set(announcement.recusals.map((r) => `${r.unit_id} ${r.inspector_id}`));
  const people = announcement.inspectors.map((p) => p.inspector_id);
  const loads = Object.fromEntries(
    announcement.inspectors.map((p) => [p.inspector_id, p.load_limit ?? announcement.rules.visits_per_inspector]));
  keptPlaces.forEach((place) => place.inspectors.forEach((i) => loads[i]--));
  const allowed = Object.fromEntries(announcement.units.map((u) =>
    [u.unit_id, new Set(people.filter((i) => !recused.has(`${u.unit_id} ${i}`)))]));
  return { perVisit: announcement.rules.inspectors_per_visit, loads, allowed };
}

const byTicket = (key, prefix, ids) =>
  ids.map((id) => [expand(key, `${prefix}|${id}`), id]).sort((x, y) => (x[0] < y[0] ? -1 : 1));

function assign(key, whole, units) {
  const staff = { ...whole, loads: { ...whole.loads }, allowed: { ...whole.allowed } };
  const needs = Object.fromEntries(units.map((u) => [u, staff.perVisit]));
  const teams = {}, skips = [];
  for (const unit of units) {
    teams[unit] = [];
    for (const [, person] of byTicket(key, `inspector|${unit}`, Object.keys(staff.loads))) {
      if (needs[unit] === 0) break;
      const isRecused = !staff.allowed[unit].has(person);
      staff.allowed[unit] = new Set([...staff.allowed[unit]].filter((i) => i !== person));
      const then = { ...staff, loads: { ...staff.loads, [person]: staff.loads[person] - 1 } };
      const reason = isRecused ? "recusal" : staff.loads[person] === 0 ? "load_limit"
        : canStaff({ ...needs, [unit]: needs[unit] - 1 }, then) ? "" : "look_ahead";
      if (reason) {
        skips.push({ unit_id: unit, inspector_id: person, reason });
      } else {
        teams[unit].push(person);
        needs[unit]--;
        staff.loads[person]--;
      }
    }
  }
  return [teams, skips];
}

// ---- the rounds ----
function placeOf(key, announcement, stratum, order, unit_id, inspectors) {
  const own = (announcement.duties ?? []).filter((d) => d.unit_ids.includes(unit_id)).map((d) => d.duty_id);
  const duties = byTicket(key, `duty|${unit_id}`, own).slice(0, announcement.rules.duties_per_visit ?? 0).map(([, d]) => d);
  return { stratum, order, unit_id, inspectors, ...(duties.length ? { duties } : {}) };
}

const ticketsOf = (key, stratum) => byTicket(key, stratum.id, stratum.candidates)
  .map(([ticket, unit_id]) => ({ stratum: stratum.id, unit_id, ticket }));

function drawAll(key, announcement) {
  const staff = readStaff(announcement, []);
  const tickets = [], picks = [], unit_skips = [];
  announcement.strata.forEach((stratum, index) => {
    if (stratum.kind === "must") return picks.push(...stratum.candidates.map((u) => [stratum.id, u]));
    const ordered = ticketsOf(key, stratum);
    tickets.push(...ordered);
    let left = stratum.number;
    ordered.forEach(({ unit_id }, n) => {
      if (left === 0) return;
      const drawn = picks.map(([, u]) => u);
      const rest = { candidates: ordered.slice(n + 1).map((t) => t.unit_id), number: left - 1 };
      const reason = drawn.includes(unit_id) ? "already_drawn"
        : canComplete(staff, [...drawn, unit_id], [rest, ...announcement.strata.slice(index + 1)]) ? "" : "no_lawful_team";
      if (reason) {
        unit_skips.push({ stratum: stratum.id, unit_id, reason });
      } else {
        picks.push([stratum.id, unit_id]);
        left--;
      }
    });
  });
  const [teams, inspector_skips] = assign(key, staff, picks.map(([, u]) => u));
  const drawn = picks.map(([stratum, unit_id], n) => placeOf(key, announcement, stratum, n + 1, unit_id, teams[unit_id]));
  return { tickets, drawn, unit_skips, inspector_skips };
}

function drawSubstitute(key, announcement, vacant, kept, gone) {
  const staff = readStaff(announcement, kept);
  const strata = announcement.strata.filter((s) => s.id === vacant.stratum || s.kind === "all");
  const tickets = strata.flatMap((s) => ticketsOf(key, s));
  const unit_skips = [];
  for (const { stratum, unit_id } of tickets) {
    const reason = kept.some((p) => p.unit_id === unit_id) ? "already_drawn" : gone.includes(unit_id) ? "vacated"
      : canComplete(staff, [unit_id], []) ? "" : "no_lawful_team";
    if (!reason) {
      const [teams, inspector_skips] = assign(key, staff, [unit_id]);
      const place = placeOf(key, announcement, vacant.stratum, vacant.order, unit_id, teams[unit_id]);
      return { tickets, drawn: [place], unit_skips, inspector_skips };
    }
    unit_skips.push({ stratum, unit_id, reason });
  }
  throw new Error("no candidate");
}

const encode = (sources, numbers) => numbers.map((source, n) =>
  [...source].sort((x, y) => x - y).map((x) => `${String(x).padStart(sources[n].width, "0")}.`).join("") + "/").join("");

const numbersArePossible = (sources, numbers) => numbers.length === sources.length && sources.every((s, n) =>
  numbers[n].length === s.count && new Set(numbers[n]).size === s.count &&
  numbers[n].every((x) => x >= s.low && x <= s.high));

function addDays(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

// In time, the revealed code; too late or never, the last public link of the chain.
function revealHolds(announcement, earlier, reveal, deadline) {
  const fits = (code) => code !== null && toHex(hashTimes(fromHex(code), earlier.length + 1)) === announcement.commitment;
  const last = earlier.filter((r) => r.status === "revealed").map((r) => r.code).pop() ?? announcement.commitment;
  if (reveal.round !== earlier.length || earlier.length >= announcement.rules.chain_length) return false;
  if (reveal.status === "revealed") return reveal.on <= deadline && reveal.late_code === null && fits(reveal.code);
  const isLateCode = reveal.status === "late_reveal" ? fits(reveal.late_code) : reveal.late_code === null;
  return reveal.on > deadline && reveal.code === last && isLateCode;
}

// The sources of a round's numbers, the day from which they are known, the deadline of the reveal.
function termsOf(announcement, rounds, { vacancy }) {
  const sources = vacancy?.sources ?? announcement.sources;
  const lastDay = sources.map((s) => s.date).sort().pop();
  if (!rounds.length) return { sources, known: lastDay, deadline: announcement.reveal_by };
  if (vacancy.sources) return { sources, known: lastDay, deadline: vacancy.reveal_by };
  const deadline = addDays(vacancy.published_on, announcement.rules.replacement_reveal_days);
  return { sources, known: vacancy.published_on, deadline };
}

const standing = (rounds) => [...new Map(rounds.flatMap((r) => r.drawn).map((p) => [p.order, p])).values()];

const holdsByLot = (announcement, rounds, unit) => standing(rounds).some((p) =>
  p.unit_id === unit && announcement.strata.some((s) => s.id === p.stratum && s.kind !== "must"));

function holdRound(announcement, hash, rounds, result, texts) {
  const { reveal, public_numbers, vacancy } = result;
  const text = encode(vacancy?.sources ?? announcement.sources, public_numbers);
  const id = reveal.round ? `${announcement.draw_id}+${reveal.round}` : announcement.draw_id;
  const key = extract(fromHex(reveal.code), `${id}|${hash}|${text}`);
  const places = standing(rounds);
  const vacant = rounds.length ? places.find((p) => p.unit_id === vacancy.unit_id) : null;
  const gone = rounds.map((r) => r.vacancy?.unit_id);
  const lots = vacant ? drawSubstitute(key, announcement, vacant, places.filter((p) => p !== vacant), [...gone, vacant.unit_id])
    : drawAll(key, announcement);
  return {
    format: "draw-result/1", draw_id: announcement.draw_id, announcement_hash: hash,
    previous_hash: rounds.length ? hashOf(texts[rounds.length - 1]) : null,
    vacancy: rounds.length ? vacancy : null, public_numbers, public_text: text, reveal, key: toHex(key), ...lots,
    violations: reveal.status === "revealed" ? [] : [reveal.status],
  };
}
