import { formatRomeTime } from "@casaforte/kernel";
import type { Cell, Evidence, GatheredEvidence, Words } from "./evidence.ts";

const texts = {
  title: { it: "Evidenze", en: "Evidence" },
  made: { it: "Raccolte il", en: "Gathered on" },
  by: { it: "da", en: "by" },
  none: { it: "Niente qui.", en: "Nothing here." },
  yes: { it: "sì", en: "yes" },
  no: { it: "no", en: "no" },
} as const satisfies Record<string, Words>;

/** Text as HTML shows it and never runs it. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function said(cell: Cell, language: "it" | "en"): string {
  if (cell === null) return "";
  if (cell instanceof Date) return formatRomeTime(cell.getTime(), language);
  if (typeof cell === "boolean") return (cell ? texts.yes : texts.no)[language];
  return typeof cell === "object" ? cell[language] : String(cell);
}

/** The first line of a cell stands by itself; what follows it opens under it. */
function cellHtml(cell: Cell, language: "it" | "en"): string {
  const [first = "", ...rest] = said(cell, language).split("\n").map(escapeHtml);
  return rest.length === 0 ? first : `<details><summary>${first}</summary>${rest.join("<br>")}</details>`;
}

function section({ name, title, hint, columns, rows }: Evidence, language: "it" | "en"): string {
  const cells = (row: readonly Cell[]) => row.map((cell) => `<td>${cellHtml(cell, language)}</td>`).join("");
  const table =
    rows.length === 0
      ? `<p>${texts.none[language]}</p>`
      : `<table><thead><tr>${columns.map((column) => `<th scope="col">${escapeHtml(column[language])}</th>`).join("")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("\n")}</tbody></table>`;
  return `<section id="${escapeHtml(name)}"><h2>${escapeHtml(title[language])}</h2><p>${escapeHtml(hint[language])}</p>\n${table}</section>`;
}

/** The evidence as one page that needs nothing else: no script, no picture, nothing from the network. */
export function packPage({ provider, customer, madeAt, evidence }: GatheredEvidence, language: "it" | "en"): string {
  const title = `${texts.title[language]}: ${customer.name}`;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{border:1px solid #c8c8c8;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f2f2}h2{margin-top:2.5rem}</style></head><body>
<h1>${escapeHtml(title)}</h1>
<p>${texts.made[language]} ${escapeHtml(formatRomeTime(madeAt.getTime(), language))}, ${texts.by[language]} ${escapeHtml(provider)}.</p>
${evidence.map((part) => section(part, language)).join("\n")}
</body></html>
`;
}
