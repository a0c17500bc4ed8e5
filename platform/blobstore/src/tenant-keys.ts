import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Bytes, concatBytes, Failure, type Random, type TenantId, toHex, utf8 } from "@casaforte/kernel";

/** A 256-bit key and its number; several masters may be live while keys are re-wrapped. */
export interface MasterKey {
  readonly id: number;
  readonly key: Bytes;
}

/**
 * One 256-bit key per tenant, wrapped by a master key, kept as files outside the database: destroying the file destroys
 * every byte of that tenant in every copy of its blobs (R61).
 */
export interface TenantKeys {
  keyOf(tenantId: TenantId): Promise<Bytes>;
  destroy(tenantId: TenantId): Promise<void>;
  /** Re-wraps every key that an older master wraps under the newest. Returns how many. */
  rewrap(): Promise<number>;
}

/** A tenant's key wraps each of its blobs': prepared once, since a key given as bytes costs more than what it wraps. */
const prepared = new WeakMap<Bytes, KeyObject>();

function keyObjectOf(key: Bytes): KeyObject {
  const known = prepared.get(key);
  if (known) return known;
  const made = createSecretKey(key);
  prepared.set(key, made);
  return made;
}

/** Wraps 32 bytes: version 1 ‖ master id (4) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16). */
export function wrapKey(master: MasterKey, name: string, key: Bytes, random: Random): Bytes {
  const nonce = random.bytes(12);
  const head = new Uint8Array(5);
  head[0] = 1;
  new DataView(head.buffer).setUint32(1, master.id);
  const cipher = createCipheriv("aes-256-gcm", keyObjectOf(master.key), nonce);
  cipher.setAAD(concatBytes([head, utf8(name)]));
  const body = cipher.update(key);
  cipher.final();
  return concatBytes([head, nonce, body, cipher.getAuthTag()]);
}

/** @throws corrupt `blob.key_corrupt`, unavailable `blob.master_unknown`. */
export function unwrapKey(masters: readonly MasterKey[], name: string, wrapped: Bytes): Bytes {
  if (wrapped.length !== 65 || wrapped[0] !== 1)
    throw new Failure("corrupt", "blob.key_corrupt", `the wrapped key of ${name} is damaged`);
  const id = new DataView(wrapped.buffer, wrapped.byteOffset).getUint32(1);
  const master = masters.find((candidate) => candidate.id === id);
  if (!master) throw new Failure("unavailable", "blob.master_unknown", `master key ${id} is not configured`);
  const decipher = createDecipheriv("aes-256-gcm", keyObjectOf(master.key), wrapped.subarray(5, 17));
  decipher.setAAD(concatBytes([wrapped.subarray(0, 5), utf8(name)]));
  decipher.setAuthTag(wrapped.subarray(49));
  const key = decipher.update(wrapped.subarray(17, 49));
  try {
    decipher.final();
  } catch (cause) {
    throw new Failure("corrupt", "blob.key_corrupt", `the wrapped key of ${name} fails its authentication`, { cause });
  }
  return key;
}

async function writeDurably(directory: string, name: string, bytes: Bytes): Promise<void> {
  const temporary = join(directory, `.${name}.new`);
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, name));
  await syncFolder(directory);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? false : Promise.reject(error)),
  );

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Keys as files `<tenant>.key` in a directory of their own. `masters`: newest first. */
export async function openTenantKeys(
  directory: string,
  masters: readonly MasterKey[],
  random: Random,
): Promise<TenantKeys> {
  const [newest] = masters;
  if (!newest) throw new Failure("invalid", "blob.no_master", "a master key must be configured");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const cache = new Map<string, Promise<Bytes>>();
  const read = (tenantId: string) =>
    readFile(join(directory, `${tenantId}.key`)).catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? null : Promise.reject(error),
    );

  async function load(tenantId: TenantId): Promise<Bytes> {
    const wrapped = await read(tenantId);
    if (wrapped) return unwrapKey(masters, tenantId, wrapped);
    if (await isThere(join(directory, `${tenantId}.destroyed`)))
      throw new Failure("conflict", "blob.key_destroyed", "this tenant's key was destroyed: it never gets another");
    const key = random.bytes(32);
    // Two processes may race for a tenant's first key: the one whose link comes first wins, the other reads it.
    const claim = await open(join(directory, `.${tenantId}.claim`), "wx", 0o600).catch(() => null);
    if (!claim) return await waitForWinner(tenantId);
    try {
      await writeDurably(directory, `${tenantId}.key`, wrapKey(newest as MasterKey, tenantId, key, random));
    } finally {
      await claim.close();
      await rm(join(directory, `.${tenantId}.claim`), { force: true });
    }
    return key;
  }

  async function waitForWinner(tenantId: TenantId): Promise<Bytes> {
    for (let turn = 0; turn < 500; turn++) {
      const wrapped = await read(tenantId);
      if (wrapped) return unwrapKey(masters, tenantId, wrapped);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await rm(join(directory, `.${tenantId}.claim`), { force: true });
    throw new Failure(
      "unavailable",
      "blob.key_claim",
      "another process began this tenant's key and did not finish; try again",
    );
  }

  return {
    keyOf(tenantId) {
      const found = cache.get(tenantId);
      if (found) return found;
      const loading = load(tenantId);
      cache.set(tenantId, loading);
      loading.catch(() => cache.delete(tenantId));
      return loading;
    },
    async destroy(tenantId) {
      cache.delete(tenantId);
      // The mark first: a process that still has the key cannot make the tenant another one.
      await writeDurably(directory, `${tenantId}.destroyed`, new Uint8Array());
      await rm(join(directory, `${tenantId}.key`), { force: true });
      await syncFolder(directory);
    },
    async rewrap() {
      let count = 0;
      for (const name of await readdir(directory)) {
        if (!name.endsWith(".key") || name.startsWith(".")) continue;
        const tenantId = name.slice(0, -4);
        const wrapped = await readFile(join(directory, name));
        if (toHex(wrapped.subarray(1, 5)) === toHex(wrapKey(newest, "x", new Uint8Array(32), random).subarray(1, 5)))
          continue;
        await writeDurably(directory, name, wrapKey(newest, tenantId, unwrapKey(masters, tenantId, wrapped), random));
        count++;
      }
      return count;
    },
  };
}
