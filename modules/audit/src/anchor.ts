import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { type Clock, Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { AppendFile } from "@casaforte/platform/append-file";
import type { Db } from "@casaforte/platform/db";
import { auditLimits } from "./limits.ts";
import { markAnchored, selectHeadsToAnchor } from "./store.ts";

/** A chain's head as it was on some day, kept outside the database and signed. `hash` is hexadecimal. */
export interface AnchoredHead {
  readonly tenantId: TenantId;
  readonly seq: bigint;
  readonly hash: string;
}

export interface AnchorServices {
  readonly db: Db;
  readonly clock: Clock;
  /** Outside the database, best on another disk that only grows. */
  readonly file: AppendFile;
  /** Ed25519. */
  readonly privateKey: KeyObject;
}

interface AnchorLine {
  readonly v: 1;
  readonly at: string;
  /** SHA-256 of the line before, so that a line cannot be taken out of the middle. */
  readonly previous: string;
  readonly heads: readonly { readonly tenant: string; readonly seq: string; readonly hash: string }[];
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Writes the heads that grew since they were last written, signed, one line a time. File first, mark after: a crash
 * between the two writes a head twice, never not at all. Returns how many heads were written.
 */
export async function anchorHeads(services: AnchorServices): Promise<number> {
  const { db, clock, file, privateKey } = services;
  let written = 0;
  for (;;) {
    const heads = await db.lookup((tx) => selectHeadsToAnchor(tx, auditLimits.anchorHeadsMax));
    if (heads.length === 0) return written;
    const last = await file.lastLine();
    const line: AnchorLine = {
      v: 1,
      at: new Date(clock.nowMs()).toISOString(),
      previous: last === null ? "" : digest(last),
      heads: heads.map((head) => ({ tenant: head.tenantId, seq: String(head.seq), hash: head.hash.toString("hex") })),
    };
    const text = JSON.stringify(line);
    await file.append(`${text} ${sign(null, Buffer.from(text), privateKey).toString("base64")}`);
    await db.lookup(async (tx) => {
      for (const head of heads) await markAnchored(tx, head);
    });
    written += heads.length;
  }
}

/**
 * Reads the anchors back, oldest first, each signature and the thread between the lines checked.
 * @throws corrupt `audit.anchor` when a line was changed, removed from the middle or signed by another key.
 */
export async function readAnchors(file: AppendFile, key: KeyObject): Promise<AnchoredHead[]> {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const heads: AnchoredHead[] = [];
  let before: string | undefined;
  for (const [index, text] of (await file.readLines()).entries()) {
    const space = text.lastIndexOf(" ");
    const body = text.slice(0, space);
    const signature = Buffer.from(text.slice(space + 1), "base64");
    const line = verify(null, Buffer.from(body), publicKey, signature) ? (JSON.parse(body) as AnchorLine) : null;
    if (line === null || line.previous !== (before === undefined ? "" : digest(before)))
      throw new Failure("corrupt", "audit.anchor", `line ${index + 1} of the anchors is not as it was written`);
    for (const head of line.heads)
      heads.push({ tenantId: parseId<TenantId>(head.tenant), seq: BigInt(head.seq), hash: head.hash });
    before = text;
  }
  return heads;
}
