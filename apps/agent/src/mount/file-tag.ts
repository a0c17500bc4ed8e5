import { createHash } from "node:crypto";
import type { Content } from "@casaforte/arena";
import { keyOf } from "./name-lookup.ts";

/** A strong validator of a file's bytes within its point (RFC 9110 §8.8.3). */
export const fileTag = (content: Content): string =>
  `"${createHash("sha256").update(keyOf(content)).digest("base64url").slice(0, 22)}"`;
