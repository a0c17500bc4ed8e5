import { createHash } from "node:crypto";

/** MD5, which the layout fixes as the digest of plain files. Never a proof that two blocks are the same. */
export const md5 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("md5").update(bytes).digest());
