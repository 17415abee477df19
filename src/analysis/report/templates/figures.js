// What readers of charts ask for: names under the pointer, a picture, CSV, a sentence to copy, groups and two units.
// Every fact stands on the page without it.
(() => {
  const make = (tag, css, told = {}) => Object.assign(document.createElement(tag), { className: css, ...told });
  const button = (css, label, act) => {
    const made = make("button", css, { type: "button", onclick: act });
    made.setAttribute("aria-label", label);
    return made;
  };
  const save = (name, url) => make("a", "", { href: url, download: name }).click();
  const title = (of) => document.title + (of ? ` ${of}` : "");

  const tip = make("div", "tip", { hidden: true });
  tip.setAttribute("role", "status");
  document.body.append(tip);
  const name = (dot) => {
    tip.hidden = !dot;
    if (!dot) return;
    const box = dot.getBoundingClientRect();
    tip.textContent = dot.dataset.name;
    tip.style.left = `${Math.max(0, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${box.top - tip.offsetHeight - 4}px`;
  };
  for (const frame of document.querySelectorAll(".frame:has([data-name])")) {
    const left = (dot) => dot.getBoundingClientRect().left;
    let at = -1;
    frame.addEventListener("pointerover", (event) => name(event.target.closest("[data-name]")));
    frame.addEventListener("pointerleave", () => name());
    frame.addEventListener("blur", () => name());
    frame.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const dots = [...frame.querySelectorAll("[data-name]")].sort((a, b) => left(a) - left(b));
      name(dots[(at = (at + step + dots.length) % dots.length)]);
    });
  }

  // The drawing with its title and source on white; the page's own type goes along in it.
  const picture = (figure) => {
    const drawn = [...figure.querySelectorAll(".frame svg")].find((svg) => svg.getClientRects().length);
    const { width, height } = drawn.getBoundingClientRect();
    const copy = drawn.cloneNode(true);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const type = document.createElementNS(copy.namespaceURI, "style");
    type.textContent = `${document.querySelector("style").textContent}text { font-family: "Noto Sans SC"; }`;
    copy.prepend(type);
    const image = new Image();
    image.onload = () => {
      const canvas = make("canvas", "", { width: 2 * width, height: 2 * (height + 64) });
      const pen = canvas.getContext("2d");
      const line = (text, y, size) => {
        pen.font = `${size}px "Noto Sans SC"`;
        pen.fillText(text, 8, y, width - 16);
      };
      pen.scale(2, 2);
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, width, height + 64);
      pen.fillStyle = "#1d2733";
      line(figure.querySelector("figcaption strong")?.textContent ?? "", 22, 16);
      pen.drawImage(image, 0, 34, width, height);
      line(`${title()} ${figure.querySelector(".source")?.textContent ?? ""}`, height + 54, 11);
      save(`${figure.querySelector("strong")?.textContent ?? title()}.png`, canvas.toDataURL("image/png"));
    };
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  };
  for (const figure of document.querySelectorAll("figure:has(.frame svg)"))
    figure.querySelector("figcaption").append(button("tool picture", "存为图片", () => picture(figure)));

  // A minus is one to a spreadsheet too, and no cell starts a formula.
  const field = (cell) => {
    const text = (cell.dataset.value ?? cell.textContent).trim().replace(/^−(?=\d)/, "-");
    return `"${text.replace(/^([=@\t]|[+-](?![\d.]))/, "'$&").replaceAll('"', '""')}"`;
  };
  const csv = (table) => {
    const lines = [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map(field).join(","));
    const url = URL.createObjectURL(new Blob([`\uFEFF${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
    save(`${title(table.caption.firstChild.textContent.replace(/（.*/, ""))}.csv`, url);
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  for (const table of document.querySelectorAll("main table"))
    if (table.caption) table.caption.append(button("tool csv", "存为CSV表", () => csv(table)));

  const copyText = async (paragraph) => {
    const selection = getSelection();
    selection.selectAllChildren(paragraph);
    await navigator.clipboard?.writeText(selection.toString()).catch(() => {}) ?? document.execCommand("copy");
  };
  for (const paragraph of document.querySelectorAll("main > p:not(.source, .foot), .lead p"))
    paragraph.append(button("tool copy", "复制本句", () => copyText(paragraph)));

  for (const table of document.querySelectorAll("table:has(th.choice)")) {
    const rows = [...table.tBodies[0].rows], heads = [...table.tHead.rows[0].cells];
    const filter = (table.closest(".table-box") ?? table).previousElementSibling;
    if (!filter?.matches(".filter")) continue;
    const input = filter.querySelector("input");
    const chips = make("div", "chips");
    const chip = (word) => {
      const made = make("button", "chip", { type: "button", textContent: word });
      made.setAttribute("aria-pressed", "false");
      made.addEventListener("click", () => {
        const words = new Set(input.value.split(/\s+/).filter(Boolean));
        words.delete(word) || words.add(word);
        input.value = [...words].join(" ");
        input.dispatchEvent(new Event("input"));
      });
      input.addEventListener("input", () => made.setAttribute("aria-pressed", input.value.split(/\s+/).includes(word)));
      return made;
    };
    for (const head of heads.filter((each) => each.matches(".choice")))
      chips.append(...[...new Set(rows.map((row) => row.cells[heads.indexOf(head)].textContent))].map(chip));
    const choose = (label) => {
      const select = make("select", "");
      select.setAttribute("aria-label", label);
      select.append(new Option("选择单位", ""), ...rows.map((row) => new Option(row.cells[0].textContent)));
      return select;
    };
    const both = [choose("比较的单位"), choose("另一个单位")];
    const pair = make("div", "pair"), result = make("div", "result");
    pair.append("比较", both[0], "与", both[1]);
    pair.addEventListener("change", () => {
      const found = both.map((select) => rows.find((row) => row.cells[0].textContent === select.value));
      result.replaceChildren();
      if (found.includes(undefined)) return;
      const shown = make("table", "compared");
      shown.createCaption().textContent = "两个单位对照";
      heads.forEach((head, at) => {
        const row = shown.insertRow();
        row.append(make("th", "", { scope: at ? "row" : "col", textContent: head.textContent }));
        for (const each of found) row.append(Object.assign(each.cells[at].cloneNode(true), { className: "num" }));
      });
      result.append(shown);
    });
    filter.after(chips, pair, result);
  }
})();
