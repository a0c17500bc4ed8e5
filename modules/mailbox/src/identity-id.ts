import { createHash } from "node:crypto";

/**
 * The id by which JMAP names an address that an account may send as: a letter, then characters that RFC 8620 §1.2 allows,
 * which an address is not made of. The same address has the same id for ever.
 */
export const identityId = (address: string): string =>
  `I${createHash("sha256").update(address).digest("base64url").slice(0, 27)}`;
