import { type Bytes, Failure, type TenantId, utf8 } from "@casaforte/kernel";
import { csvCell } from "@casaforte/modules/audit";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { departureLimits } from "./limits.ts";
import type { ExportEntry, Exporter } from "./services.ts";
import { type ColumnInfo, selectPage, selectSettingsTables } from "./store-exports.ts";
import { type Card, vcardOf } from "./vcard.ts";

/**
 * Tables that are the program's machinery or the content that goes out in another form (mail, backups). Everything else
 * of a tenant is in the settings archive, also what a later release adds.
 */
const machinery =
  /^(jobs_|idempotency_|audit_(pending|chain|heads|cuts)|identity_(sessions|tokens|challenges|recovery_codes|totp)|mailbox_(contents|search|memberships|messages|changes|summaries|expunged|destroyed|removed|horizons|references|uploads|push_subscriptions|identity_states)|backup_(extents|parts|uploads|upload_extents|dead_blobs|objects)|mailflow_(bayes_|greylist|report_|system_mail|sink|rates|queue|outgoing)|transfers_known|departure_)/;

/** Secrets and what is derived from them stay here, and what tells of a legal hold. Bytes are never shown. */
const secret = /hash|secret|sealed|password|private|token|(erase|purge)_wanted/;

const schemaTypes: Readonly<Record<string, object>> = {
  boolean: { type: "boolean" },
  smallint: { type: "integer" },
  integer: { type: "integer" },
  bigint: { type: "integer" },
  uuid: { type: "string", format: "uuid" },
  "timestamp with time zone": { type: "string", format: "date-time" },
};

/** A JSON Schema (2020-12) of the rows of one table. */
function schemaOf(table: string, columns: readonly ColumnInfo[]): Bytes {
  const properties = Object.fromEntries(
    columns.map(({ name, type }) => {
      const known = schemaTypes[type] as { type?: string } | undefined;
      return [name, known?.type ? { ...known, type: [known.type, "null"] } : {}];
    }),
  );
  const items = { type: "object", additionalProperties: false, properties };
  return utf8(
    `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", title: table, type: "array", items }, null, 2)}\n`,
  );
}

const cellOf = (value: unknown): string =>
  csvCell(
    value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value),
  );

const fileOf = (path: string, bytes: Bytes, modifiedMs: number): ExportEntry => ({
  path,
  sizeBytes: bytes.length,
  modifiedMs,
  async *open() {
    yield bytes;
  },
});

const instructions = `json/ and csv/ hold the same rows, a table a file (a long one in several, -0002, -0003 …);
schema/ has a JSON Schema of each table. No passwords, no keys.

addresses.vcf is an address book: the organisation, its people, mailboxes with all their addresses,
and groups with their members, as vCard 4.0 (RFC 6350). Mail and calendar programs read it.

This product keeps no calendars and no contacts of your people's own: there is nothing of the kind
to take away, neither here nor in the archive of the mail.

In json/ e csv/ ci sono le stesse righe, un file per tabella (una lunga in più file, -0002, -0003 …);
in schema/ il JSON Schema di ogni tabella. Senza password né chiavi.

addresses.vcf è una rubrica: l'organizzazione, le sue persone, le caselle con tutti i loro indirizzi e
i gruppi con i loro membri, in vCard 4.0 (RFC 6350). La leggono i programmi di posta e di calendario.

Questo prodotto non tiene calendari, né rubriche proprie delle persone: non c'è niente del genere da
portare via, né qui né nell'archivio della posta.
`;

/**
 * Settings, people, orders, invoices, tickets and logs as JSON and CSV, with a JSON Schema of each table, and the address
 * book as vCards (R63).
 */
export function settingsExporter(
  db: Db,
  nowMs: () => number,
  cardsOf: (tenantId: TenantId, signal: AbortSignal) => AsyncIterable<Card>,
): Exporter {
  const read = <T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>) =>
    db.tenant(tenantId, work, { readOnly: true });
  return {
    part: "settings",
    async *entries(tenantId, scope, signal) {
      // Rows of settings belong to no account and to no span of time: narrowed they would be more than was asked for.
      if (scope.mailAccounts || scope.from || scope.until)
        throw new Failure("invalid", "departure.scope", "settings cannot be narrowed to accounts or dates");
      yield fileOf("settings/READ-ME.txt", utf8(instructions), nowMs());
      const cards: Bytes[] = [];
      for await (const card of cardsOf(tenantId, signal)) cards.push(vcardOf(card));
      yield fileOf("settings/addresses.vcf", Buffer.concat(cards), nowMs());
      for (const table of await read(tenantId, selectSettingsTables)) {
        if (machinery.test(table.name)) continue;
        const columns = table.columns.filter(({ name, type }) => type !== "bytea" && !secret.test(name));
        if (columns.length < 2) continue;
        const names = columns.map(({ name }) => name);
        let last: string | null = null;
        for (let page = 1; ; page++) {
          signal.throwIfAborted();
          const after: string | null = last;
          const rows: readonly string[] = await read(tenantId, (tx) =>
            selectPage(tx, table, {
              ...{ after, count: departureLimits.exportPage },
              withDeleted: scope.withDeleted ?? false,
            }),
          );
          if (rows.length === 0) break;
          last = rows.at(-1) ?? null;
          const parsed = rows.map((row) => JSON.parse(row) as Record<string, unknown>);
          const shown = parsed.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
          const part = page === 1 ? "" : `-${String(page).padStart(4, "0")}`;
          const json = `[\n${shown.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`;
          const csv = [names.join(","), ...shown.map((row) => names.map((name) => cellOf(row[name])).join(","))];
          if (page === 1)
            yield fileOf(`settings/schema/${table.name}.schema.json`, schemaOf(table.name, columns), nowMs());
          yield fileOf(`settings/json/${table.name}${part}.json`, utf8(json), nowMs());
          yield fileOf(`settings/csv/${table.name}${part}.csv`, utf8(`${csv.join("\r\n")}\r\n`), nowMs());
          if (rows.length < departureLimits.exportPage) break;
        }
      }
    },
  };
}
