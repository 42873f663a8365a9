"use strict";
const form = document.getElementById("filters");
const [words, file, code, shown] = ["words", "file", "code", "shown"].map((id) => document.getElementById(id));
const boxes = [...form.querySelectorAll("[name=severity]")];
const sections = [...document.querySelectorAll("section.file")].map((section) => ({
  section,
  rows: [...section.querySelectorAll("tr[data-code]")].map((row) => ({ row, text: null })),
}));
const total = sections.reduce((sum, { rows }) => sum + rows.length, 0);

function textOf(entry) {
  entry.text ??= entry.row.textContent.toLowerCase();
  return entry.text;
}

function apply() {
  const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const wanted = words.value.trim().toLowerCase();
  const whole = !wanted && !file.value && !code.value && severities.size === boxes.length;
  let count = 0;
  for (const { section, rows } of sections) {
    const here = !file.value || section.dataset.file === file.value;
    let visible = 0;
    for (const entry of rows) {
      const { code: rowCode, severity } = entry.row.dataset;
      const match = here && severities.has(severity) && (!code.value || rowCode === code.value) && (!wanted || textOf(entry).includes(wanted));
      entry.row.hidden = !match;
      visible += match;
    }
    section.hidden = !whole && visible === 0;
    count += visible;
  }
  form.classList.toggle("whole", whole);
  shown.value = whole ? `共 ${total} 处` : `显示 ${count} 处，共 ${total} 处`;
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const folded = target.closest("details");
  if (folded) folded.open = true;
  if (target.hidden || target.closest("[hidden]")) {
    form.reset();
    apply();
  }
  target.scrollIntoView({ block: "center" });
}

for (const event of ["input", "change"]) form.addEventListener(event, apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(apply));
document.getElementById("print").addEventListener("click", () => print());
addEventListener("hashchange", reveal);
form.hidden = total === 0;
apply();
reveal();
