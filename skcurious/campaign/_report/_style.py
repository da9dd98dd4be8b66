"""The looks of a report, and the script that sorts its tables."""

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #57606a;
  --line: #d0d7de; --tint: #f3f5f8; --blue: #0b5cad; --red: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e9ed;
  --soft: #a3adb8; --line: #3a434d; --tint: #1e242b;
  --blue: #7cb8ff; --red: #ff9a8f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 3rem; background:
  var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto,
  "Noto Sans", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-top: .8rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p, ol { max-width: 44rem; margin: .5rem 0; }
li { margin: .5rem 0; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
ul li { margin: .2rem 0; }
.note, figcaption { color: var(--soft); font-size: .9rem; }
.lead { font-size: 1.1rem; }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0;
  max-width: none; list-style: none; }
.counts li { margin: 0; padding: .5rem .9rem; background: var(--tint);
  border-radius: .5rem; }
.counts b { display: block; font-size: 1.35rem; line-height: 1.2; }
.wide { overflow-x: auto; margin: 0 0 .8rem; }
.wide:focus-visible, button:focus-visible { outline: 2px solid var(--blue);
  outline-offset: 1px; }
table { width: max-content; border-collapse: collapse;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.name { margin: 1rem 0 .3rem; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); max-width: 22rem; }
td, tbody th { font-weight: normal; }
tbody th { font-weight: 600; }
thead th { background: var(--tint); vertical-align: bottom; }
.n { text-align: right; white-space: nowrap; }
thead .n { white-space: normal; }
thead button { all: unset; cursor: pointer; font-weight: 600; }
thead button::after { content: "\\a0↕"; color: var(--soft); }
[aria-sort=ascending] button::after { content: "\\a0↑"; color: var(--ink); }
[aria-sort=descending] button::after { content: "\\a0↓"; color: var(--ink); }
.figures { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
figure { margin: .5rem 0; max-width: 40rem; }
svg { display: block; width: 100%; height: auto; }
svg.small { display: inline-block; width: .9rem; height: .9rem;
  vertical-align: -.1rem; }
.key { white-space: nowrap; margin-right: .8rem; }
svg text { fill: var(--ink); font-size: 13px; }
svg .axis, svg .guide { stroke: var(--soft); stroke-width: 1; fill: none; }
svg .guide { stroke-dasharray: 4 4; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .dot { fill: var(--blue); stroke: none; }
svg .known { fill: var(--paper); stroke: var(--ink); stroke-width: 1.6; }
svg .next { fill: none; stroke: var(--red); stroke-width: 2.5; }
svg .known, svg .next { vector-effect: non-scaling-stroke; }
svg .nexttext { fill: var(--red); font-weight: 700; paint-order: stroke;
  stroke: var(--paper); stroke-width: 3px; }
svg .line0 { stroke: var(--blue); fill: none; stroke-width: 2; }
svg .line1 { stroke: var(--red); fill: none; stroke-width: 2; stroke-dasharray: 6 4; }
svg .mark0 { fill: var(--blue); }
svg .mark1 { fill: var(--red); }
@media (max-width: 30rem) { body { padding: 1rem .75rem 2rem; }
  h1 { font-size: 1.4rem; } svg text { font-size: 17px; }
  thead th { max-width: 10rem; } td { max-width: 14rem; } }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444;
  --line: #999; --tint: #fff; --blue: #0b5cad; --red: #b3261e; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .wide { overflow: visible; } table { width: auto; }
  thead button::after { content: none !important; }
  figure, tr, li { break-inside: avoid; } h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  th, td { font-size: 8pt; padding: .2rem .4rem; } }
"""

SCRIPT = """
"use strict";
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  heads.forEach((head, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => row.cells[k].dataset.key === undefined ?
        row.cells[k].textContent : Number(row.cells[k].dataset.key);
      const rank = value => typeof value === "number" ? 0 : value === "\u2013" ? 2 : 1;
      const compare = (a, b) => typeof a === "number" ? a - b :
        a.localeCompare(b, undefined, {numeric: true});
      const rows = [...body.rows].sort((one, other) => {
        const a = key(one), b = key(other);
        return rank(a) - rank(b) || (up ? 1 : -1) * compare(a, b);
      });
      body.append(...rows);
    });
  });
}
"""
