import { Failure } from "@casaforte/kernel";
import type { ChainState, VaultClient } from "@casaforte/vault";
import { createKeyring, type StorageKey, unlockKeyring } from "@casaforte/vbk/seal";
import { systemClock, systemRandom } from "../outside.ts";

export interface UnlockInput {
  readonly vault: VaultClient;
  readonly chainId: string;
  /** Asked once; `isNew` when this password will seal a new chain. */
  readonly password: (isNew: boolean) => Promise<string>;
}

/** @throws unauthenticated `seal.wrong_password`, not_found `agent.no_keyring`. */
export async function unlockChain(input: UnlockInput): Promise<StorageKey> {
  const found = await input.vault.keyring(input.chainId);
  if (found === null)
    throw new Failure("not_found", "agent.no_keyring", "this chain has no keyring: nothing was ever saved");
  return unlockKeyring(found.bytes, { kind: "password", password: await input.password(false) });
}

/**
 * Opens the chain, or begins it: then a keyring with a fresh storage key under this password is stored before anything
 * else, and read back and opened once, so that no byte is ever sealed under a key that was not proven to come back.
 */
export async function unlockOrCreateChain(input: UnlockInput & { readonly label: string }): Promise<StorageKey> {
  const { vault, chainId } = input;
  const existing = (await vault.device()).chains.find((chain: ChainState) => chain.chainId === chainId);
  if (existing === undefined) {
    const password = await input.password(true);
    await vault.putChain(chainId, input.label);
    return createOn(input, password);
  }
  if (existing.keyringVersion === 0) return createOn(input, await input.password(true));
  return unlockChain(input);
}

async function createOn({ vault, chainId }: UnlockInput, password: string): Promise<StorageKey> {
  const context = { random: systemRandom, nowMs: systemClock.nowMs() };
  const { keyring, storageKey } = await createKeyring({ chainId, password }, context);
  storageKey.destroy();
  await vault.putKeyring(chainId, new Uint8Array(keyring), 0);
  return unlockChain({ vault, chainId, password: async () => password });
}
