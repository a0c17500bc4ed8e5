import { Failure } from "@casaforte/kernel";
import type { ChainState, FileReply, VaultClient } from "@casaforte/vault";
import { z } from "zod";
import type { AgentHome, Shape } from "../state/home.ts";
import type { OnNote } from "../tree/note.ts";
import { type ChainSurvey, listOf } from "./survey.ts";

const fileName = "damaged.json";

interface PointPlace {
  readonly chainId: string;
  readonly pointId: string;
}

interface DamageFile {
  readonly chainId: string;
  /** The chain's head when damage was found under it; empty when the vault could not be asked for it. */
  readonly pointId: string;
  /** The points that could not be read whole. Agents before this did not write them. */
  readonly found?: readonly string[];
}

const damageShape: Shape<DamageFile> = z.object({
  chainId: z.string(),
  pointId: z.string(),
  found: z.array(z.string()).exactOptional(),
});

/** `unreadable`: something was found, and nobody knows where. */
function notedOf(home: AgentHome, chainId: string): DamageFile | "unreadable" | null {
  let isReadable = true;
  const noted = home.readKept(fileName, damageShape, () => {
    isReadable = false;
  });
  if (!isReadable) return "unreadable";
  return noted?.chainId === chainId ? noted : null;
}

/**
 * Remembers that a point that the chain's head is, or builds upon, could not be read whole: the next run then makes a new
 * full, and is the first whole point again. Damage elsewhere stays where it is. When the vault cannot be asked, the point
 * is noted, under no head, and false returned: the next run sees whether it matters.
 */
export async function noteDamage(home: AgentHome, vault: VaultClient, point: PointPlace): Promise<boolean> {
  const { chainId, pointId } = point;
  const read = notedOf(home, chainId);
  const noted = read === "unreadable" ? null : read;
  const note = (head: string, before: DamageFile | null) => {
    const found = new Set([...(before?.found ?? (before === null ? [] : [before.pointId])), pointId]);
    home.writeJson(fileName, { chainId, pointId: head, found: [...found] } satisfies DamageFile);
  };
  try {
    const { head } = await vault.chain(chainId);
    if (head === null) return false;
    const files = await listOf(vault.files({ chainId }));
    if (!buildsUpon(files, head, pointId)) return false;
    note(head.pointId, noted !== null && isUnder(files, head, noted) ? noted : null);
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A head that stands over all that is known stays; which one the new damage is under nobody knows.
    // What cannot be read stays, for it stands for damage under whatever head there is.
    if (read !== "unreadable" && !noted?.found?.includes(pointId)) note("", noted);
    return false;
  }
}

/** A point is whole: that it was not is forgotten, and all damage when it is the head or no other point was damaged. */
export function forgetDamage(home: AgentHome, { chainId, pointId }: PointPlace): void {
  const noted = notedOf(home, chainId);
  if (noted === null || noted === "unreadable") return;
  const found = noted.found?.filter((id) => id !== pointId);
  if (noted.pointId === pointId || found?.length === 0) home.remove(fileName);
  else if (found !== undefined) home.writeJson(fileName, { ...noted, found } satisfies DamageFile);
}

/** The damage that was noted is under a newer head, too: an increment was made upon it. */
export function carryDamage(home: AgentHome, { chainId, pointId }: PointPlace): void {
  const noted = notedOf(home, chainId);
  const found = noted === "unreadable" ? undefined : noted?.found;
  home.writeJson(fileName, { chainId, pointId, ...(found && { found }) } satisfies DamageFile);
}

/**
 * Who found the chain's head damaged, so that an increment upon it would be damaged too: this device, of the head or of a
 * point under it, or the vault. A note that cannot be read is taken for one of the head.
 */
export function headDamage(
  home: AgentHome,
  { chain, files, points }: ChainSurvey,
  onNote: OnNote,
): "noted" | "told" | null {
  const { head, chainId } = chain;
  if (head === null) return null;
  const noted = notedOf(home, chainId);
  if (noted === "unreadable") {
    // Taken for damage of the head: one full too many, and from it on there is a note that can be read, or none.
    const message = "damaged: which point could not be read whole is forgotten, so the last is taken for one";
    onNote({ level: "told", code: "state_damaged", path: Buffer.from(home.path(fileName)), message });
    home.writeJson(fileName, { chainId, pointId: head.pointId } satisfies DamageFile);
    return "noted";
  }
  if (noted !== null && isUnder(files, head, noted)) return "noted";
  return points.find(({ pointId }) => pointId === head.pointId)?.state === "damaged" ? "told" : null;
}

/** Whether what was noted concerns the head. */
const isUnder = (files: readonly FileReply[], head: NonNullable<ChainState["head"]>, noted: DamageFile): boolean =>
  [noted.pointId, ...(noted.found ?? [])].some((pointId) => buildsUpon(files, head, pointId));

/** Whether a point is the head, or on its line of parents. */
function buildsUpon(listed: readonly FileReply[], head: NonNullable<ChainState["head"]>, pointId: string): boolean {
  const files = new Map(listed.map((file) => [file.fileId, file]));
  let under = files.get(head.fileId);
  for (let left = files.size; under !== undefined && under.pointId !== pointId && left > 0; left--)
    under = under.parent === null ? undefined : files.get(under.parent.fileId);
  return under?.pointId === pointId;
}
