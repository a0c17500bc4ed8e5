import type { Db } from "@casaforte/platform/db";
import type { AuditEntry } from "./entry.ts";
import { auditLimits } from "./limits.ts";
import { type AuditFilter, type AuditPage, listAudit } from "./list-audit.ts";

/**
 * The whole selection as a file, newest first, a page of rows at a time: CSV (RFC 4180, UTF-8) or a JSON array. Cells
 * that a spreadsheet would run as a formula are defused (security.md, check 30). Ends after a million entries.
 */
export async function* exportAudit(
  db: Db,
  filter: AuditFilter,
  format: "csv" | "json",
  signal?: AbortSignal,
): AsyncGenerator<string> {
  yield format === "csv" ? `${header.join(",")}\r\n` : "[";
  let cursor: string | null = null;
  let count = 0;
  do {
    signal?.throwIfAborted();
    const at: string | null = cursor;
    const page: AuditPage = await db.tenant(
      filter.tenantId,
      (tx) => listAudit(tx, { ...filter, count: auditLimits.exportPage, ...(at === null ? {} : { cursor: at }) }),
      { readOnly: true },
    );
    const rows = page.entries.map((entry, index) =>
      format === "csv" ? csvRow(entry) : `${count + index === 0 ? "\n" : ",\n"}${JSON.stringify(entry)}`,
    );
    if (rows.length > 0) yield rows.join("");
    count += rows.length;
    cursor = page.nextCursor;
  } while (cursor !== null && count < auditLimits.exportEntriesMax);
  if (format === "json") yield "\n]\n";
}

const header = [
  "id",
  "at",
  "actorKind",
  "actorId",
  "actorRoles",
  "actorIp",
  "action",
  "objectKind",
  "objectId",
  "details",
] as const satisfies readonly (keyof AuditEntry)[];

function csvRow(entry: AuditEntry): string {
  const cells = [
    entry.id,
    entry.at.toISOString(),
    entry.actorKind,
    entry.actorId ?? "",
    entry.actorRoles.join(" "),
    entry.actorIp ?? "",
    entry.action,
    entry.objectKind,
    entry.objectId,
    JSON.stringify(entry.details),
  ];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** One CSV cell; a leading =, +, -, @, tab or return gets an apostrophe, so that no spreadsheet computes it. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
