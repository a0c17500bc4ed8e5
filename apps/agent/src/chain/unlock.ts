import { Failure } from "@casaforte/kernel";
import type { ChainState, VaultClient, VaultObject } from "@casaforte/vault";
import {
  addRecovery,
  changePassword,
  createKeyring,
  nodeCrypto,
  type StorageKey,
  unlockKeyring,
} from "@casaforte/vbk/seal";
import { systemClock, systemRandom } from "../outside.ts";
import { stretchOnce } from "./stretch-once.ts";

export interface UnlockInput {
  readonly vault: VaultClient;
  readonly chainId: string;
  /** Asked once; `isNew` when this password will seal a new chain. */
  readonly password: (isNew: boolean) => Promise<string>;
  /** Opens in the password's place. */
  readonly recoverySecret?: string | undefined;
}

/** @throws unauthenticated `seal.wrong_password`, not_found `agent.no_keyring`. */
export async function unlockChain(input: UnlockInput): Promise<StorageKey> {
  return unlockWith((await keyringOf(input)).bytes, input);
}

async function unlockWith(bytes: Uint8Array, input: UnlockInput): Promise<StorageKey> {
  if (input.recoverySecret !== undefined)
    return unlockKeyring(bytes, { kind: "recovery", secret: input.recoverySecret });
  return unlockKeyring(bytes, { kind: "password", password: await input.password(false) });
}

/** Puts the same storage key under a new password; no file changes. The old password, or the recovery secret, opens. */
export async function changeChainPassword(input: UnlockInput, newPassword: () => Promise<string>): Promise<void> {
  const { bytes, version } = await keyringOf(input);
  const storageKey = await unlockChain(input);
  try {
    const changed = await changePassword(bytes, storageKey, await newPassword(), contextNow());
    await input.vault.putKeyring(input.chainId, new Uint8Array(changed), version);
  } finally {
    storageKey.destroy();
  }
}

/** Wraps the storage key under a generated secret as well, and gives that secret: it is kept nowhere. Replaces an older one. */
export async function addRecoverySecret(input: UnlockInput): Promise<string> {
  const { bytes, version } = await keyringOf(input);
  const storageKey = await unlockChain(input);
  try {
    const { keyring, recoverySecret } = await addRecovery(bytes, storageKey, contextNow());
    await input.vault.putKeyring(input.chainId, new Uint8Array(keyring), version);
    return recoverySecret;
  } finally {
    storageKey.destroy();
  }
}

/** The current keyring. @throws not_found `agent.no_keyring`. */
export async function keyringOf(of: Pick<UnlockInput, "vault" | "chainId">): Promise<VaultObject> {
  const found = await findKeyring(of);
  if (found !== null) return found;
  throw new Failure("not_found", "agent.no_keyring", "there is no keyring yet: nothing was ever saved");
}

async function findKeyring({ vault, chainId }: Pick<UnlockInput, "vault" | "chainId">): Promise<VaultObject | null> {
  try {
    return await vault.keyring(chainId);
  } catch (error) {
    // A chain that was never begun has no keyring either.
    if (error instanceof Failure && error.code === "vault.not_found") return null;
    throw error;
  }
}

const contextNow = () => ({ random: systemRandom, nowMs: systemClock.nowMs() });

/**
 * Opens the chain, or begins it: then a keyring with a fresh storage key under this password is stored before anything
 * else, and read back and opened once, so that no byte is ever sealed under a key that was not proven to come back.
 */
export async function unlockOrCreateChain(input: UnlockInput & { readonly label: string }): Promise<StorageKey> {
  const { vault, chainId } = input;
  const [device, keyring] = await Promise.all([vault.device(), findKeyring(input)]);
  const existing = device.chains.find((chain: ChainState) => chain.chainId === chainId);
  if (existing === undefined) {
    const password = await input.password(true);
    await vault.putChain(chainId, input.label);
    return createOn(input, password);
  }
  if (existing.keyringVersion === 0) return createOn(input, await input.password(true));
  return keyring === null ? unlockChain(input) : unlockWith(keyring.bytes, input);
}

async function createOn({ vault, chainId }: UnlockInput, password: string): Promise<StorageKey> {
  // What is read back is opened by its own salt: were that another, the password would be stretched again.
  using crypto = stretchOnce(nodeCrypto);
  const { keyring, storageKey } = await createKeyring({ chainId, password }, { ...contextNow(), crypto });
  storageKey.destroy();
  await vault.putKeyring(chainId, new Uint8Array(keyring), 0);
  const { bytes } = await keyringOf({ vault, chainId });
  return unlockKeyring(bytes, { kind: "password", password }, crypto);
}
