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
  /** An older version of the keyring, with the password of its time; the newest without. Never taken by itself. */
  readonly keyringVersion?: number | undefined;
}

/**
 * @throws unauthenticated `seal.wrong_password`, not_found `agent.no_keyring`, `agent.keyring_version`, corrupt
 *   `seal.keyring_*`: where other versions are kept, the message says how to open with one of them.
 */
export async function unlockChain(input: UnlockInput): Promise<StorageKey> {
  return unlockWith(await keyringOf(input), input);
}

async function unlockWith({ bytes, version }: VaultObject, input: UnlockInput): Promise<StorageKey> {
  const { recoverySecret } = input;
  const secret =
    recoverySecret === undefined
      ? ({ kind: "password", password: await input.password(false) } as const)
      : ({ kind: "recovery", secret: recoverySecret } as const);
  try {
    return await unlockKeyring(bytes, secret);
  } catch (error) {
    if (!(error instanceof Failure) || version === 1) throw error;
    throw new Failure(error.kind, error.code, `${error.message}; ${nextStep(version)}`, { cause: error });
  }
}

/** Whoever has the device's token can put a keyring of their own over the right one: the earlier ones are kept. */
const nextStep = (version: number): string =>
  `this is version ${version} of the keyring: if nobody changed the password, somebody replaced it. The command keyrings lists all versions, --keyring-version opens with an earlier one`;

/**
 * Puts the same storage key under a new password; no file changes. The old password, or the recovery secret, opens. With an
 * older version of the keyring this is also the way back from one that somebody else has put there.
 */
export async function changeChainPassword(input: UnlockInput, newPassword: () => Promise<string>): Promise<void> {
  const opened = await keyringOf(input);
  const { version } =
    input.keyringVersion === undefined ? opened : await keyringOf({ ...input, keyringVersion: undefined });
  const storageKey = await unlockWith(opened, input);
  try {
    const changed = await changePassword(opened.bytes, storageKey, await newPassword(), contextNow());
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

/** The keyring, as it is or as it was. @throws not_found `agent.no_keyring`, `agent.keyring_version`. */
export async function keyringOf(of: Pick<UnlockInput, "vault" | "chainId" | "keyringVersion">): Promise<VaultObject> {
  const found = await findKeyring(of);
  if (found !== null) return found;
  if (of.keyringVersion !== undefined)
    throw new Failure("not_found", "agent.keyring_version", "the vault has no such version: keyrings lists them");
  throw new Failure("not_found", "agent.no_keyring", "there is no keyring yet: nothing was ever saved");
}

async function findKeyring({
  vault,
  chainId,
  keyringVersion,
}: Pick<UnlockInput, "vault" | "chainId" | "keyringVersion">): Promise<VaultObject | null> {
  try {
    return await vault.keyring(chainId, keyringVersion);
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
  return keyring === null ? unlockChain(input) : unlockWith(keyring, input);
}

async function createOn({ vault, chainId }: UnlockInput, password: string): Promise<StorageKey> {
  // What is read back is opened by its own salt: were that another, the password would be stretched again.
  using crypto = stretchOnce(nodeCrypto);
  const { keyring, storageKey } = await createKeyring({ chainId, password }, { ...contextNow(), crypto });
  storageKey.destroy();
  await vault.putKeyring(chainId, new Uint8Array(keyring), 0);
  const { bytes } = await keyringOf({ vault, chainId });
  return await unlockKeyring(bytes, { kind: "password", password }, crypto);
}
