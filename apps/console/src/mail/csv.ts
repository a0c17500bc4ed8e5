/** A row of a CSV file and the line where it begins, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads RFC 4180 with the leniency that spreadsheets need: comma, semicolon or tab (whichever the first line has most of), any
 * line ending, a byte order mark. Empty lines are left out. A quote that never ends takes the rest of the file as its cell.
 */
export function parseCsv(text: string): readonly CsvRow[] {
  const plain = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(plain.slice(0, plain.search(/[\r\n]|$/)));
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  let line = 1;
  let beganAt = 1;
  const endRow = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim() !== "")) rows.push({ line: beganAt, cells });
    cells = [];
    cell = "";
    beganAt = line;
  };
  for (let at = 0; at < plain.length; at++) {
    const character = plain.charAt(at);
    if (character === "\n" || (character === "\r" && plain.charAt(at + 1) !== "\n")) line++;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (plain.charAt(at + 1) === '"') cell += plain.charAt(++at);
      else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === separator) {
      cells.push(cell);
      cell = "";
    } else if (character === "\n" || character === "\r") {
      if (character === "\n" || plain.charAt(at + 1) !== "\n") endRow();
    } else cell += character;
  }
  endRow();
  return rows;
}

function separatorOf(line: string): string {
  const count = (character: string) => line.split(character).length - 1;
  return [",", ";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** One CSV file (RFC 4180) with a line for spreadsheets to know UTF-8 by. Formulas are defused. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\uFEFF${rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("")}`;
}
