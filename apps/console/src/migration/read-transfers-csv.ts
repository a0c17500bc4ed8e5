import type { RequestTransfers } from "@casaforte/contract/transfers";
import { type CsvRow, parseCsv } from "../mail/csv.ts";

export type TransferRow = RequestTransfers["rows"][number];

/** What a file may be. */
export const transferFileLimits = { fileBytesMax: 2_000_000, rowsMax: 2_000 } as const;

export type ReadTransfers =
  | { readonly kind: "rows"; readonly rows: readonly TransferRow[] }
  | { readonly kind: "empty" | "columns" | "too_many" };

type Column = "address" | "host" | "port" | "user" | "password";

const names: Readonly<Record<Column, readonly string[]>> = {
  address: ["address", "email", "mail", "mailbox", "indirizzo", "casella"],
  host: ["host", "server", "imap", "imapserver", "serverimap"],
  port: ["port", "porta"],
  user: ["user", "username", "login", "utente", "nomeutente"],
  password: ["password"],
};
const needed: readonly Column[] = ["address", "host", "user", "password"];
const plainPort = 143;
const securePort = 993;

/** Reads a file with one mailbox a line; the first line names the columns, in Italian or English, in any order. */
export function readTransfersCsv(text: string): ReadTransfers {
  const [header, ...lines] = parseCsv(text);
  if (!header || lines.length === 0) return { kind: "empty" };
  if (lines.length > transferFileLimits.rowsMax) return { kind: "too_many" };
  const columns = header.cells.map((cell) => {
    const name = cell.toLowerCase().replaceAll(/[^a-z]/g, "");
    return (Object.keys(names) as Column[]).find((column) => names[column].includes(name)) ?? null;
  });
  if (needed.some((column) => !columns.includes(column))) return { kind: "columns" };
  const cell = (row: CsvRow, column: Column): string => {
    const at = columns.indexOf(column);
    return at < 0 ? "" : (row.cells[at] ?? "");
  };
  const rows = lines.map((row): TransferRow => {
    const written = Number(cell(row, "port").trim() || securePort);
    const port = Number.isInteger(written) && written >= 1 && written <= 65_535 ? written : 1;
    return {
      line: row.line,
      address: cell(row, "address").trim(),
      host: cell(row, "host").trim(),
      port,
      security: port === plainPort ? "starttls" : "tls",
      user: cell(row, "user").trim() || cell(row, "address").trim() || "-",
      // Spaces may be part of it.
      password: cell(row, "password") || "-",
    };
  });
  return { kind: "rows", rows };
}
