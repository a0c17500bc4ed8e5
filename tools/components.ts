import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lockfile } from "../apps/server/src/components.ts";
import { root } from "./steps.ts";

/** Days from the day that a weakness is known until it must be mended (R27). */
export const remediationDays = { critical: 7, high: 30, medium: 90, low: 180 } as const;
const dayMs = 86_400_000;

/** A weakness of a package that runs here, as `docs/security/vulnerabilities.json` keeps it. */
export interface Weakness {
  /** `GHSA-…` or `CVE-…`. */
  readonly advisory: string;
  readonly package: string;
  /** The exact versions that have it, of those we ever pinned. */
  readonly versions: readonly string[];
  readonly severity: keyof typeof remediationDays;
  /** `YYYY-MM-DD`, the day that we knew. */
  readonly knownOn: string;
  /** Why it does no harm here; then no date holds. */
  readonly harmlessBecause?: string;
}

/** Weaknesses that still run here past their day. */
export function overdue(known: readonly Weakness[], { packages }: Lockfile, nowMs: number): readonly string[] {
  return known.flatMap(({ advisory, package: name, versions, severity, knownOn, harmlessBecause }) => {
    const isHere = Object.entries(packages).some(
      ([path, { version = "" }]) => path.endsWith(`node_modules/${name}`) && versions.includes(version),
    );
    const dueMs = Date.parse(knownOn) + remediationDays[severity] * dayMs;
    // A day that cannot be read is over.
    if (!isHere || harmlessBecause || nowMs < dueMs) return [];
    return [
      `${advisory}: ${name} (${severity}, known since ${knownOn}) was to be mended within ${remediationDays[severity]} days`,
    ];
  });
}

interface Workspace {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly version?: string;
}

/** Pins of our own packages that the lockfile does not keep to: what is installed is not what was chosen. */
export function brokenPins({ packages }: Lockfile): readonly string[] {
  const workspaces = Object.entries(packages).filter(([path]) => !path.includes("node_modules/"));
  return workspaces.flatMap(([path, own]) =>
    Object.entries((own as Workspace).dependencies ?? {}).flatMap(([name, wanted]) => {
      const found = packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
      if (!/^\d/.test(wanted) || found === undefined || found.link || found.version === wanted) return [];
      return [`${path || "."}: ${name} is pinned at ${wanted}, and ${found.version} is locked`];
    }),
  );
}

/** Fails the build when a known weakness is overdue, or when the lockfile is not what was pinned (R27). */
export function checkComponents(): readonly string[] {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), "utf8"));
  const lockfile = read("package-lock.json") as Lockfile;
  const { known } = read("docs/security/vulnerabilities.json") as { readonly known: readonly Weakness[] };
  return [...brokenPins(lockfile), ...overdue(known, lockfile, Date.now())];
}
