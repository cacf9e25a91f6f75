"use strict";
document.documentElement.classList.add("script");
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const body = one("#table tbody");
const rows = all("#table tbody tr");
const sections = new Map(all("details.statement").map((section) => [section.id, section]));
const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const search = one("#search"), verdict = one("#verdict"), evidence = one("#evidence");

function say(text) {
  one("#announce").textContent = text;
}

function filter() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = (!verdict.value || row.dataset.verdict === verdict.value)
      && (!evidence.value || row.dataset.evidence === evidence.value)
      && wanted.every((word) => words.get(row).includes(word));
    row.hidden = !fits;
    sections.get(row.dataset.id).hidden = !fits;
    shown += fits;
  }
  one("#shown").textContent = `${shown} of ${rows.length} shown`;
  one("#nothing").hidden = shown > 0;
  for (const tile of all(".tile")) {
    tile.setAttribute("aria-pressed", String(tile.dataset.verdict === verdict.value));
  }
}

function key(row, column, numeric) {
  const cell = row.cells[column];
  const text = cell.dataset.key ?? cell.textContent.trim();
  return numeric ? (text === "" ? null : Number(text)) : text.toLowerCase();
}

function sort(heading) {
  const column = heading.cellIndex, numeric = heading.dataset.kind === "number";
  const falling = heading.getAttribute("aria-sort") === "ascending";
  for (const other of all("#table thead th")) {
    other.removeAttribute("aria-sort");
  }
  heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const sign = falling ? -1 : 1;
  const order = [...rows].sort((a, b) => {
    const x = key(a, column, numeric), y = key(b, column, numeric);
    if (x === null || y === null) {
      return (x === null) - (y === null); // rows without a number stay last
    }
    return sign * (numeric ? x - y : x.localeCompare(y));
  });
  body.append(...order);
}

function openTarget() {
  const section = sections.get(decodeURIComponent(location.hash.slice(1)));
  if (section) {
    section.hidden = false;
    section.open = true;
    section.scrollIntoView();
    section.querySelector("summary").focus({ preventScroll: true });
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

for (const heading of all("#table thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => sort(heading));
}
for (const tile of all(".tile")) {
  tile.addEventListener("click", () => {
    verdict.value = verdict.value === tile.dataset.verdict ? "" : tile.dataset.verdict;
    filter();
  });
}
for (const button of all(".copy")) {
  button.addEventListener("click", async () => {
    const done = await copy(button.dataset.copy);
    button.textContent = done ? "Copied" : "Not copied";
    button.focus();
    say(done ? "Command copied" : "The command could not be copied");
  });
}
search.addEventListener("input", filter);
verdict.addEventListener("change", filter);
evidence.addEventListener("change", filter);
one(".filters").addEventListener("submit", (event) => event.preventDefault());
one(".filters").addEventListener("reset", () => setTimeout(filter));
one("#open-all").addEventListener("click", () => sections.forEach((section) => { section.open = true; }));
one("#close-all").addEventListener("click", () => sections.forEach((section) => { section.open = false; }));
one("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#s-']");
  if (link && link.getAttribute("href") === location.hash) {
    openTarget(); // the same address again changes no hash
  }
});
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  closed.forEach((section) => { section.open = true; });
});
addEventListener("afterprint", () => closed.forEach((section) => { section.open = false; }));
filter();
openTarget();
