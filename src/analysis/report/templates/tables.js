"use strict";
// Sorts and filters tables in the page itself; without it the tables stay readable as they are.
(() => {
  const collator = new Intl.Collator("zh-CN", { numeric: true });
  const textOf = (row, column) => {
    const cell = row.cells[column];
    return cell ? (cell.dataset.value ?? cell.textContent).trim() : "";
  };
  const numberOf = (text) => {
    const digits = text.replace(/[,，\s%％▲↑+]/g, "").replace(/^[▼↓−–]/, "-");
    return digits === "" ? NaN : Number(digits);
  };
  const isBlank = (text) => /^[—–\-/]*$/.test(text);
  const compare = (a, b, sign) => {
    if (isBlank(a) || isBlank(b)) return isBlank(a) - isBlank(b);
    const [x, y] = [numberOf(a), numberOf(b)];
    return sign * (isNaN(x) || isNaN(y) ? collator.compare(a, b) : x - y);
  };
  // Header cells that stand directly over one column, whatever cells above or beside them span.
  const leafHeaders = (head) => {
    const taken = [], leaves = [];
    [...head.rows].forEach((row, r) => {
      let c = 0;
      for (const cell of row.cells) {
        while (taken[r]?.[c]) c += 1;
        for (let i = 0; i < cell.rowSpan; i++)
          for (let j = 0; j < cell.colSpan; j++) (taken[r + i] ??= [])[c + j] = true;
        if (cell.colSpan === 1 && r + cell.rowSpan === head.rows.length) leaves.push([cell, c]);
      }
    });
    return leaves;
  };
  const makeSortable = (table, body) => {
    const leaves = leafHeaders(table.tHead).filter(([cell]) => cell.textContent.trim());
    for (const [cell, column] of leaves) {
      const button = document.createElement("button");
      button.setAttribute("aria-label", `按${cell.textContent}排序`);
      cell.append(button);
      button.addEventListener("click", () => {
        const sign = cell.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const [other] of leaves) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
        body.append(...[...body.rows].sort((a, b) => compare(textOf(a, column), textOf(b, column), sign)));
      });
    }
  };
  const makeFilter = (table, body) => {
    const [label, input, count] = ["label", "input", "output"].map((tag) => document.createElement(tag));
    label.className = "filter";
    input.type = "search";
    label.append(`筛选（仅下列${body.rows.length}行）`, input, count);
    // A word that fills a cell, or a place of a list in it, finds such cells alone, not those in which it is part of another.
    const cellsOf = (row) => [...row.cells].flatMap((cell) => cell.textContent.split(/[、·；*\s]+/));
    const whole = new Set([...body.rows].flatMap(cellsOf));
    const finds = (row, word) => (whole.has(word) ? cellsOf(row).includes(word) : row.textContent.includes(word));
    input.addEventListener("input", () => {
      const words = input.value.split(/\s+/).filter(Boolean);
      for (const row of body.rows) row.hidden = !words.every((word) => finds(row, word));
      count.textContent = `${[...body.rows].filter((row) => !row.hidden).length} / ${body.rows.length} 行`;
    });
    (table.closest(".table-box") ?? table).before(label);
  };
  for (const table of document.querySelectorAll("table.sortable, table.dataframe")) {
    const body = table.tBodies[0];
    if (!body || !table.tHead || body.querySelector('[rowspan]:not([rowspan="1"])')) continue;
    makeSortable(table, body);
    if (body.rows.length > 12) makeFilter(table, body);
  }
})();
