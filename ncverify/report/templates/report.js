"use strict";
document.documentElement.classList.add("script");
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const body = one("#table tbody");
const rows = all("#table tbody tr");
const sections = new Map(all("details.statement").map((section) => [section.id, section]));
const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const search = one("#search"), order = one("#order");
const chosen = ["verdict", "evidence", "severity"].map((name) => [name, one(`#${name}`)]).filter(([, field]) => field);
const fields = [["search", search], ["order", order], ...chosen];
const verdict = one("#verdict");

function say(text) {
  one("#announce").textContent = text;
}

function filter() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = chosen.every(([name, field]) => !field.value || row.dataset[name] === field.value)
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
  keep();
}

function addressOf(hash) {
  const address = new URL(location.href);
  for (const [name, field] of fields) {
    field.value ? address.searchParams.set(name, field.value) : address.searchParams.delete(name);
  }
  address.hash = hash;
  return address;
}

function keep() {
  try {
    history.replaceState(null, "", addressOf(location.hash));
  } catch {
    // a browser that forbids it for files: the filters work, the address does not keep them
  }
}

function restore() {
  const given = new URL(location.href).searchParams;
  for (const [name, field] of fields) {
    field.value = given.get(name) ?? "";
    if (field.selectedIndex === -1) {
      field.selectedIndex = 0; // an address that names what this page has not
    }
  }
}

function key(row, column, numeric) {
  const cell = row.cells[column];
  const text = cell.dataset.key ?? cell.textContent.trim();
  return numeric ? (text === "" ? null : Number(text)) : text.toLowerCase();
}

function arrange() {
  const place = (row) => Number(row.cells[0].textContent);
  const rank = (row) => order.value === "severity" ? Number(row.dataset.rank) : 0;
  const arranged = [...rows].sort((a, b) => rank(a) - rank(b) || place(a) - place(b));
  const parent = one("#details").parentElement;
  for (const row of arranged) {
    parent.append(sections.get(row.dataset.id));
  }
  body.append(...arranged);
  for (const other of all("#table thead th")) {
    other.removeAttribute("aria-sort");
  }
  one(`#table thead th:nth-child(${order.value === "severity" ? 5 : 1})`).setAttribute("aria-sort", "ascending");
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
    const done = await copy(button.dataset.copy ?? addressOf(button.dataset.link).href);
    const title = button.dataset.title ??= button.textContent;
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = title; }, 2000);
    button.focus();
    say(done ? "Copied" : "It could not be copied");
  });
}
if (location.protocol === "file:") {
  const folder = decodeURIComponent(new URL(".", location.href).pathname);
  const enter = /^\/[A-Za-z]:/.test(folder) ? `cd "${folder.slice(1)}"` : `cd '${folder.replaceAll("'", "'\\''")}'`;
  for (const place of all(".command")) {
    const command = place.querySelector("code");
    command.textContent = `${enter} && ${command.textContent}`;
    place.querySelector(".copy").dataset.copy = command.textContent;
    place.querySelector(".beside").remove();
  }
}
search.addEventListener("input", filter);
for (const [, field] of chosen) {
  field.addEventListener("change", filter);
}
order.addEventListener("change", () => { arrange(); keep(); });
one(".filters").addEventListener("submit", (event) => event.preventDefault());
one(".filters").addEventListener("reset", () => setTimeout(() => { arrange(); filter(); }));
one("#open-all").addEventListener("click", () => sections.forEach((section) => { section.open = true; }));
one("#close-all").addEventListener("click", () => sections.forEach((section) => { section.open = false; }));
one("#theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
addEventListener("hashchange", openTarget);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
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
restore();
arrange();
filter();
openTarget();
