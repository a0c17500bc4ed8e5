export type Level = "none" | "read" | "write";

/** How far scopes go in an area. */
export function levelOf(scopes: readonly string[], area: string): Level {
  if (scopes.includes(`${area}:write`)) return "write";
  return scopes.includes(`${area}:read`) ? "read" : "none";
}

/** The levels of an area that may be given, lowest first. */
export const levelsOf = (grantable: readonly string[], area: string): readonly Level[] => [
  "none",
  ...(["read", "write"] as const).filter((level) => grantable.includes(`${area}:${level}`)),
];
