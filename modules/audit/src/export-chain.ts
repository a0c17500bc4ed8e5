import { createHash } from "node:crypto";
import { Failure, type TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import { z } from "zod";
import { auditLimits } from "./limits.ts";
import { selectChainPage, selectChainStart } from "./store.ts";

/**
 * A tenant's log with its chain, oldest first, a JSON line each (R89): first `{"v":1,"kind":"casaforte.audit-chain",
 * "tenant","seq","hash"}`, where the chain begins (seq 0, or where the log was cut); then `{"seq","hash","entry"}`, where
 * `entry` is the very text that was hashed, a JSON array `[tenant, id, at in µs, actor kind, actor, roles, address, action,
 * object kind, object, details]`, and `hash` = SHA-256(hash before ‖ entry), hexadecimal; last `{"end":true,"links"}`.
 */
export async function* exportChain(db: Db, tenantId: TenantId, signal?: AbortSignal): AsyncGenerator<string> {
  const start = await db.tenant(tenantId, selectChainStart, { readOnly: true });
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  yield line({
    v: 1,
    kind: "casaforte.audit-chain",
    tenant: tenantId,
    seq: Number(start.seq),
    hash: start.hash.toString("hex"),
  });
  let after = start.seq;
  let links = 0;
  for (;;) {
    signal?.throwIfAborted();
    const from = after;
    const page = await db.tenant(tenantId, (tx) => selectChainPage(tx, from, auditLimits.exportPage), {
      readOnly: true,
    });
    if (page.length > 0)
      yield page.map(({ seq, hash, entry }) => line({ seq: Number(seq), hash: hash.toString("hex"), entry })).join("");
    links += page.length;
    after = page.at(-1)?.seq ?? after;
    // Only the last page is short: an end is said where the log ends, and nowhere before.
    if (page.length < auditLimits.exportPage) break;
  }
  yield line({ end: true, links });
}

export interface ChainExportCheck {
  readonly tenantId: string;
  readonly links: number;
  /** Hash of the last link: what a signed head outside the database must agree with. */
  readonly head: string;
}

const hex = z.string().regex(/^([0-9a-f]{64})?$/);
const firstSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal("casaforte.audit-chain"),
  tenant: z.uuid(),
  seq: z.int(),
  hash: hex,
});
const linkSchema = z.strictObject({ seq: z.int(), hash: hex, entry: z.string() });
const lastSchema = z.strictObject({ end: z.literal(true), links: z.int() });

const broken = (line: number, why: string, cause?: unknown) =>
  new Failure("corrupt", "audit.chain_export", `line ${line}: ${why}`, { cause });

/**
 * Recomputes every link of an exported log, without a database (R89). @throws corrupt `audit.chain_export` naming the first
 * line that was altered, is missing, or is another tenant's.
 */
export function checkChainExport(text: string): ChainExportCheck {
  const lines = text.split("\n").filter((line) => line !== "");
  const parse = <Schema extends z.ZodType>(index: number, schema: Schema, what: string): z.infer<Schema> => {
    try {
      return schema.parse(JSON.parse(lines[index] ?? ""));
    } catch (cause) {
      throw broken(index + 1, `it is not ${what}`, cause);
    }
  };
  const first = parse(0, firstSchema, "the beginning of an exported log");
  let hash = Buffer.from(first.hash, "hex");
  for (let index = 1; index < lines.length - 1; index++) {
    const link = parse(index, linkSchema, "a link");
    if (link.seq !== first.seq + index) throw broken(index + 1, "a link is missing before it");
    hash = createHash("sha256").update(hash).update(link.entry).digest();
    if (hash.toString("hex") !== link.hash) throw broken(index + 1, "it, or one before it, was altered");
    const [tenant] = z.tuple([z.string()], z.unknown()).parse(JSON.parse(link.entry));
    if (tenant !== first.tenant) throw broken(index + 1, "it is another tenant's");
  }
  const last = parse(lines.length - 1, lastSchema, "the end of an exported log");
  if (lines.length < 2 || last.links !== lines.length - 2) throw broken(lines.length, "links are missing at the end");
  return { tenantId: first.tenant, links: last.links, head: hash.toString("hex") };
}
