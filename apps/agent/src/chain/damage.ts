import type { ChainState, FileReply, VaultClient } from "@casaforte/vault";
import type { AgentHome } from "../state/home.ts";
import { type ChainSurvey, listOf } from "./survey.ts";

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
  if (head === null) return false;
  const files = await listOf(vault.files({ chainId: point.chainId }));
  if (!buildsUpon(files, head, point.pointId)) return false;
  carryDamage(home, { chainId: point.chainId, pointId: head.pointId });
  return true;
}

/** A point that was noted as damaged is whole again. */
export function forgetDamage(home: AgentHome, point: DamageFile): void {
  const noted = home.readJson<DamageFile>(fileName);
  if (noted?.chainId === point.chainId && noted.pointId === point.pointId) home.remove(fileName);
}

/** The damage that was noted is under a newer head, too: an increment was made upon it. */
export function carryDamage(home: AgentHome, head: DamageFile): void {
  home.writeJson(fileName, { chainId: head.chainId, pointId: head.pointId } satisfies DamageFile);
}

/**
 * Who found the chain's head damaged, so that an increment upon it would be damaged too: this device, of the head or of a
 * point under it, or the vault.
 */
export function headDamage(home: AgentHome, { chain, files, points }: ChainSurvey): "noted" | "told" | null {
  const { head, chainId } = chain;
  if (head === null) return null;
  const noted = home.readJson<DamageFile>(fileName);
  if (noted?.chainId === chainId && buildsUpon(files, head, noted.pointId)) return "noted";
  return points.find(({ pointId }) => pointId === head.pointId)?.state === "damaged" ? "told" : null;
}

/** Whether a point is the head, or on its line of parents. */
function buildsUpon(listed: readonly FileReply[], head: NonNullable<ChainState["head"]>, pointId: string): boolean {
  const files = new Map(listed.map((file) => [file.fileId, file]));
  let under = files.get(head.fileId);
  for (let left = files.size; under !== undefined && under.pointId !== pointId && left > 0; left--)
    under = under.parent === null ? undefined : files.get(under.parent.fileId);
  return under?.pointId === pointId;
}
