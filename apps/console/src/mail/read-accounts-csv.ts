import { type CsvRow, parseCsv } from "./csv.ts";

/** What a file may be, so that the browser stays alive. */
export const importLimits = { fileBytesMax: 5_000_000, rowsMax: 10_000 } as const;

/** A mailbox as the file asks for it. Whether that can be is the server's to say. */
export interface ImportRow {
  readonly line: number;
  readonly address: string;
  readonly displayName: string;
  /** Null: no limit of its own; -1: what is written is no size. */
  readonly quotaBytes: number | null;
  /** Empty: none in the file. */
  readonly password: string;
}

export type ReadResult =
  | { readonly kind: "rows"; readonly rows: readonly ImportRow[]; readonly ignored: readonly string[] }
  | { readonly kind: "empty" | "no_address_column" | "too_many" };

type Column = "address" | "displayName" | "quota" | "password";

const names: Readonly<Record<Column, readonly string[]>> = {
  address: ["address", "email", "mail", "mailbox", "indirizzo", "casella"],
  displayName: ["name", "displayname", "fullname", "nome", "nomecompleto"],
  quota: ["quotagb", "quota", "gb", "spazio", "spaziogb"],
  password: ["password"],
};

const plainName = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, "");
const gigabyte = 1_000_000_000;

/** Reads a file with one mailbox a line; the first line names the columns, in Italian or English, in any order. */
export function readAccountsCsv(text: string, defaultQuotaBytes: number | null): ReadResult {
  const [header, ...lines] = parseCsv(text);
  if (!header || lines.length === 0) return { kind: "empty" };
  if (lines.length > importLimits.rowsMax) return { kind: "too_many" };
  const columns = header.cells.map((cell) => {
    const name = plainName(cell);
    return (Object.keys(names) as Column[]).find((column) => names[column].includes(name)) ?? null;
  });
  if (!columns.includes("address")) return { kind: "no_address_column" };
  const cell = (row: CsvRow, column: Column): string => {
    const at = columns.indexOf(column);
    const value = at < 0 ? "" : (row.cells[at]?.trim() ?? "");
    // What an export of ours did so that no spreadsheet computes it.
    return /^'[=+\-@]/.test(value) ? value.slice(1) : value;
  };
  const rows = lines.map((row) => ({
    line: row.line,
    address: cell(row, "address"),
    displayName: cell(row, "displayName"),
    quotaBytes: quotaOf(cell(row, "quota"), defaultQuotaBytes),
    password: cell(row, "password"),
  }));
  return { kind: "rows", rows, ignored: header.cells.filter((name, at) => columns[at] === null && name.trim() !== "") };
}

function quotaOf(text: string, byDefault: number | null): number | null {
  if (text === "") return byDefault;
  if (/^(unlimited|illimitata|illimitato)$/i.test(text)) return null;
  const gigabytes = Number(text.replace(",", "."));
  return Number.isFinite(gigabytes) && gigabytes > 0 && gigabytes <= 1_000_000 ? Math.round(gigabytes * gigabyte) : -1;
}

/** UTF-8, or what spreadsheets of Western Europe wrote before it. */
export function decodeFile(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
