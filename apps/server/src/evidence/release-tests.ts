import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instantSchema } from "@casaforte/contract/time";
import type { Words } from "@casaforte/modules/inspections";
import { z } from "zod";
import { runningBuild } from "../components.ts";
import type { Control, Proof } from "./control.ts";

const releaseTestsSchema = z.object({
  v: z.literal(1),
  /** What was tested; null for a working copy with changes of its own. */
  commit: z.string().nullable(),
  /** When the run began. */
  at: instantSchema,
  rows: z.array(
    z.object({
      row: z.string().regex(/^R\d+$/),
      tests: z.array(z.object({ file: z.string(), title: z.string(), passed: z.boolean() })),
    }),
  ),
});
/** The test matrix of a release: the rows of docs/requirements.md, and of each what its tests did. */
export type ReleaseTests = z.infer<typeof releaseTestsSchema>;

/** `changed`: it is not the file that the package was built with. */
export type FoundTests = ReleaseTests | "none" | "changed";

/** Beside the program in a package; in a working copy where `npm test` leaves it. */
export const releaseTestsFile = "release-tests.json";
export const reportFolder = ".test-report";

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Reads the test matrix below `root`. `sha256` is what a package says of its own; undefined in a working copy. */
export function readReleaseTests(root: string, sha256: string | null | undefined): FoundTests {
  if (sha256 === null) return "none";
  const file = sha256 === undefined ? join(root, reportFolder, releaseTestsFile) : join(root, releaseTestsFile);
  if (!existsSync(file)) return sha256 === undefined ? "none" : "changed";
  const bytes = readFileSync(file);
  if (sha256 !== undefined && sha256Of(bytes) !== sha256) return "changed";
  try {
    return releaseTestsSchema.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    return "changed";
  }
}

let known: FoundTests | null = null;

/** The test matrix of what runs here. It is read once. */
export function runningReleaseTests(): FoundTests {
  known ??= readReleaseTests(fileURLToPath(new URL("../../../../", import.meta.url)), runningBuild().testsSha256);
  return known;
}

const missing = {
  none: {
    it: "Di questa copia del programma non c’è alcun risultato di test",
    en: "There is no result of tests of this copy of the program",
  },
  changed: {
    it: "Il file dei risultati dei test non è quello di questa versione",
    en: "The file of test results is not the one of this version",
  },
} as const satisfies Record<string, Words>;

/** Why there are no results to show. */
export const whyMissing = (found: "none" | "changed"): Words => missing[found];

/** What the tests of a release show of a row; their names follow on lines of their own. */
export function provenByTests(row: Control["row"], found: FoundTests): Proof {
  if (typeof found === "string") return { state: "untested", found: missing[found], at: null };
  const at = new Date(found.at);
  const tests = found.rows.find((each) => each.row === row)?.tests ?? [];
  if (tests.length === 0)
    return {
      state: "untested",
      found: { it: "Nessun test eseguito per questa promessa", en: "No test was run for this promise" },
      at,
    };
  const passed = tests.filter((each) => each.passed).length;
  const names = tests.map((each) => `\n${each.passed ? "✓" : "✗"} ${each.title}`).join("");
  return {
    state: passed === tests.length ? "tested" : "failed",
    found: {
      it: `Test superati: ${passed} su ${tests.length}${names}`,
      en: `Tests passed: ${passed} of ${tests.length}${names}`,
    },
    at,
  };
}
