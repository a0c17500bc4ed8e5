import type { ChainState, FileReply, VaultClient } from "@casaforte/vault";
import type { AgentHome } from "../state/home.ts";

const fileName = "damaged.json";

interface DamageFile {
  readonly chainId: string;
  /** The chain's head when damage was found under it. */
  readonly pointId: string;
}

/**
 * Remembers that a point that the chain's head is, or builds upon, could not be read whole: the next run then makes a new
 * full, and is the first whole point again. Damage elsewhere stays where it is.
 */
export async function noteDamage(
  home: AgentHome,
  vault: VaultClient,
  point: { readonly chainId: string; readonly pointId: string },
): Promise<boolean> {
  const { head } = await vault.chain(point.chainId);
  const files = new Map<string, FileReply>();
  for await (const file of vault.files({ chainId: point.chainId })) files.set(file.fileId, file);
  let under = head === null ? undefined : files.get(head.fileId);
  for (let left = files.size; under !== undefined && under.pointId !== point.pointId && left > 0; left--)
    under = under.parent === null ? undefined : files.get(under.parent.fileId);
  if (head === null || under?.pointId !== point.pointId) return false;
  home.writeJson(fileName, { chainId: point.chainId, pointId: head.pointId } satisfies DamageFile);
  return true;
}

/** Whether this device or the vault found the chain's head damaged, so that an increment upon it would be damaged too. */
export async function isHeadDamaged(home: AgentHome, vault: VaultClient, chain: ChainState): Promise<boolean> {
  const { head, chainId } = chain;
  if (head === null) return false;
  const noted = home.readJson<DamageFile>(fileName);
  if (noted?.chainId === chainId && noted.pointId === head.pointId) return true;
  for await (const point of vault.points({ chainId }))
    if (point.pointId === head.pointId) return point.state === "damaged";
  return false;
}
