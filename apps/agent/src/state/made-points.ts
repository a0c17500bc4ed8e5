import { z } from "zod";
import type { AgentHome } from "./home.ts";

const fileName = "made-points.json";
const pointsMax = 2000;

/** By the vault's id of a point: the id that the sealed file has, which is the device's own. Nothing where it is damaged. */
function kept(home: AgentHome): readonly (readonly [string, unknown])[] {
  return Object.entries(home.readKept(fileName, z.record(z.string(), z.unknown())) ?? {});
}

/** Of the newest points that were made here. A run can do without: the point is safe already. */
export function keepMadePoint(home: AgentHome, pointId: string, sealedId: string): void {
  try {
    home.writeJson(fileName, Object.fromEntries([...kept(home), [pointId, sealedId]].slice(-pointsMax)));
  } catch {
    // A full disk ends a run where something of it would be lost.
  }
}

/** What the file of a point says it is; null of one that was not made here, or of which it is not known. */
export function madePoint(home: AgentHome, pointId: string): string | null {
  const sealedId = kept(home).find(([id]) => id === pointId)?.[1];
  return typeof sealedId === "string" ? sealedId : null;
}
