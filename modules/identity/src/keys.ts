import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from "node:crypto";
import { assert, Failure, type Random } from "@casaforte/kernel";

/** Keyed work of this module. Each purpose has a key of its own, derived from the master key (HKDF-SHA-256). */
export interface IdentityKeys {
  /** AES-256-GCM under the newest key; `bound` names the row, so that sealed bytes cannot be moved to another. */
  seal(plain: Uint8Array, bound: string): Buffer;
  /** @throws corrupt `identity.sealed` when no live key opens it. */
  unseal(sealed: Uint8Array, bound: string): Buffer;
  /** The stored form of a short or fast secret, under the newest key first, then each older live one. */
  macs(purpose: MacPurpose, ...parts: readonly string[]): readonly [Buffer, ...Buffer[]];
}

export type MacPurpose =
  | "app_password"
  | "recovery_code"
  | "brake"
  | "device"
  | "verified_login"
  | "sign_up"
  | "program_client"
  | "program_code"
  | "program_access"
  | "program_family"
  | "program_refresh"
  | "program_next_access"
  | "program_next_refresh";

interface Derived {
  readonly id: Buffer;
  readonly seal: Buffer;
  readonly mac: Buffer;
}

const derive = (master: Uint8Array, info: string): Buffer => Buffer.from(hkdfSync("sha256", master, "", info, 32));

/** `masterKeys`: 32 bytes each, newest first; older ones stay readable until what they sealed has been rewritten. */
export function createKeys(masterKeys: readonly Uint8Array[], random: Random): IdentityKeys {
  const live: Derived[] = masterKeys.map((master) => {
    assert(master.length === 32, "a master key has 32 bytes");
    return {
      id: createHash("sha256").update(derive(master, "casaforte identity key id")).digest().subarray(0, 4),
      seal: derive(master, "casaforte identity seal"),
      mac: derive(master, "casaforte identity mac"),
    };
  });
  const [newest] = live;
  assert(newest !== undefined, "there is a master key");
  return {
    seal(plain, bound) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv("aes-256-gcm", newest.seal, nonce).setAAD(Buffer.from(bound));
      return Buffer.concat([newest.id, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    unseal(sealed, bound) {
      const bytes = Buffer.from(sealed);
      const key = live.find((candidate) => candidate.id.equals(bytes.subarray(0, 4)));
      if (key === undefined || bytes.length < 32)
        throw new Failure("corrupt", "identity.sealed", "no live key opens this secret");
      const decipher = createDecipheriv("aes-256-gcm", key.seal, bytes.subarray(4, 16)).setAAD(Buffer.from(bound));
      decipher.setAuthTag(bytes.subarray(bytes.length - 16));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(16, bytes.length - 16)), decipher.final()]);
      } catch (cause) {
        throw new Failure("corrupt", "identity.sealed", "a sealed secret was changed", { cause });
      }
    },
    macs(purpose, ...parts) {
      const of = (key: Derived) => {
        const mac = createHmac("sha256", key.mac).update(purpose);
        // Length first, so that ("ab", "c") and ("a", "bc") differ.
        for (const part of parts) mac.update(`|${Buffer.byteLength(part)}:`).update(part);
        return mac.digest();
      };
      return [of(newest), ...live.slice(1).map(of)];
    },
  };
}
