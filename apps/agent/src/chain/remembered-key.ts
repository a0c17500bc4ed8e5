import { equalBytes, Failure } from "@casaforte/kernel";
import { describeKeyring, type StorageKey, unwrapForDevice, wrapForDevice } from "@casaforte/vbk/seal";
import { systemRandom } from "../outside.ts";
import type { AgentHome } from "../state/home.ts";
import { keyringOf, type UnlockInput, unlockChain } from "./unlock.ts";

const secretFile = "device-secret.json";
const keyFile = "device-key.json";

interface Kept {
  readonly bytes: string;
}

/**
 * Keeps the storage key for unattended runs: wrapped under a secret of this device, in two files of mode 0600. The
 * password is not kept, and whoever has both files can read this chain but cannot change its password.
 */
export async function rememberKey(home: AgentHome, input: UnlockInput): Promise<void> {
  const storageKey = await unlockChain(input);
  try {
    const secret = systemRandom.bytes(32);
    const wrapped = wrapForDevice(storageKey, secret, systemRandom);
    home.writeJson(secretFile, { bytes: Buffer.from(secret).toString("base64") } satisfies Kept);
    home.writeJson(keyFile, { bytes: Buffer.from(wrapped).toString("base64") } satisfies Kept);
    secret.fill(0);
  } finally {
    storageKey.destroy();
  }
}

/** Whether runs can do without the password. */
export const isKeyRemembered = (home: AgentHome): boolean =>
  home.readJson<Kept>(secretFile) !== null && home.readJson<Kept>(keyFile) !== null;

export function forgetKey(home: AgentHome): void {
  home.remove(keyFile);
  home.remove(secretFile);
}

/** Null when no key is kept. @throws unauthenticated `agent.key_outdated` when the chain's storage key is another now. */
export async function rememberedKey(home: AgentHome, input: Omit<UnlockInput, "password">): Promise<StorageKey | null> {
  const [secret, wrapped] = [home.readJson<Kept>(secretFile), home.readJson<Kept>(keyFile)];
  if (secret === null || wrapped === null) return null;
  const storageKey = unwrapForDevice(bytesOf(wrapped), bytesOf(secret));
  const { bytes } = await keyringOf(input);
  if (equalBytes(describeKeyring(bytes).storageKeyId, storageKey.id)) return storageKey;
  storageKey.destroy();
  throw new Failure("unauthenticated", "agent.key_outdated", "the kept key is not this chain's: run remember again");
}

const bytesOf = (kept: Kept): Uint8Array => new Uint8Array(Buffer.from(kept.bytes, "base64"));
