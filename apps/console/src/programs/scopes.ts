import type { TokenScope } from "@casaforte/contract/tokens";

export const areas = ["backup", "mail", "orders", "billing", "support", "people", "evidence", "programs"] as const;
export type Area = (typeof areas)[number];
export type Level = "none" | "read" | "write";

/** How far scopes go in an area. */
export function levelOf(scopes: readonly TokenScope[], area: Area): Level {
  if (scopes.some((scope) => scope === `${area}:write`)) return "write";
  return scopes.some((scope) => scope === `${area}:read`) ? "read" : "none";
}

/** The levels of an area that may be given, lowest first. */
export const levelsOf = (grantable: readonly TokenScope[], area: Area): readonly Level[] => [
  "none",
  ...(["read", "write"] as const).filter((level) => grantable.some((scope) => scope === `${area}:${level}`)),
];
