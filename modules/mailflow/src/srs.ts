import { createHmac, timingSafeEqual } from "node:crypto";
import type { Bytes } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";

const dayMs = 24 * 3_600_000;
const prefix = "srs0=";

/** Sixty bits are enough: a guess costs a whole SMTP command and expires with the days. */
const digest = (key: Bytes, text: string): string =>
  createHmac("sha256", key).update(`srs:${text}`).digest("hex").slice(0, 15);

const dayOf = (atMs: number) => Math.floor(atMs / dayMs);

/**
 * The envelope sender for mail forwarded by `viaDomain`: SPF of the next server then checks us, and bounces come back
 * (Sender Rewriting Scheme). The null sender stays null. One that we made for an earlier forward is made anew and not wrapped
 * again. A sender too long to be wrapped becomes the null sender.
 */
export function rewriteSender(given: string, viaDomain: string, key: Bytes, atMs: number): string {
  if (given === "") return "";
  const sender = restoreSender(given, key, atMs) ?? given;
  const at = sender.lastIndexOf("@");
  const inner = `${dayOf(atMs).toString(36)}=${sender.slice(at + 1).toLowerCase()}=${sender.slice(0, at)}`;
  // Some servers on the way back fold letters: of those nothing is proved, but they are kept (RFC 5321 §2.4).
  const local = `${prefix}${digest(key, inner.toLowerCase())}=${inner}`;
  return Buffer.byteLength(local) > 64 ? "" : `${local}@${viaDomain}`;
}

/** The sender behind a rewritten one, or null when it is not ours, changed or too old. */
export function restoreSender(rewritten: string, key: Bytes, atMs: number): string | null {
  const local = rewritten.slice(0, rewritten.lastIndexOf("@"));
  const match = /^srs0=([0-9a-f]{15})=(([0-9a-z]+)=([a-z0-9.-]+)=(.+))$/iu.exec(local);
  if (!match) return null;
  const [, given = "", inner = "", day = "", domain = "", original = ""] = match;
  const wanted = digest(key, inner.toLowerCase());
  if (!timingSafeEqual(Buffer.from(given.toLowerCase()), Buffer.from(wanted))) return null;
  const age = dayOf(atMs) - Number.parseInt(day, 36);
  return age >= 0 && age <= mailflowLimits.srsDays ? `${original}@${domain.toLowerCase()}` : null;
}
