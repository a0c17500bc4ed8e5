import { hkdfSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Failure, utf8 } from "@casaforte/kernel";
import type { MasterKey } from "@casaforte/platform/blobstore";
import type { Config } from "@casaforte/platform/config";

/** Reads the master keys that the configuration names, newest first. @throws precondition `keys.unreadable`. */
export async function readMasterKeys(config: Config): Promise<readonly MasterKey[]> {
  return Promise.all(
    config.masterKeys.map(async ({ id, file }) => {
      const key = await readFile(file).catch((cause) => {
        throw new Failure("precondition", "keys.unreadable", `master key ${id} cannot be read from ${file}`, { cause });
      });
      if (key.length !== 32)
        throw new Failure("precondition", "keys.unreadable", `master key ${id} in ${file} is not 32 bytes`);
      return { id, key };
    }),
  );
}

/** A key for one purpose out of another key (HKDF-SHA-256, RFC 5869); `purpose` is part of the format and never changes. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, utf8("casaforte"), utf8(purpose), 32));
}
