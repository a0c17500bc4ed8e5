import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sabotages } from "./sabotage-list.ts";
import { placesOf, type Sabotage } from "./sabotages/sabotage.ts";
import { root, script } from "./steps.ts";

/**
 * `npm run sabotage -- [R38 …] ["words of a harm" …]`: harms the product in one place, or in both that keep one promise, runs the
 * test that must fail, mends them, goes on to the next. Ends with 1 when a test passed although its promise was broken, or never came to its claim. The work tree
 * is as before at the end, also after Ctrl-C.
 */
const wanted = process.argv.slice(2);
const isWanted = ({ rows, what }: Sabotage, one: string): boolean =>
  /^R?\d+$/i.test(one) ? rows.includes(Number(one.replace(/^R/i, ""))) : what.includes(one);
let mend: () => void = () => {};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    mend();
    process.exit(130);
  });

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/**
 * What became of the test: only "failed" is a harm that was noticed. "not run": the harm broke what comes before it. What it
 * failed with is told, for whoever reads the list: a test may fail before its claim, too.
 */
async function fateOf(
  sabotage: Sabotage,
): Promise<{ readonly fate: "failed" | "passed" | "not run"; readonly words: string }> {
  const { test } = sabotage;
  const files = new Map<string, { readonly before: string; readonly harmed: string }>();
  for (const { file, find, replace } of placesOf(sabotage)) {
    const path = join(root, file);
    const { before, harmed } = files.get(path) ?? {
      before: readFileSync(path, "utf8"),
      harmed: readFileSync(path, "utf8"),
    };
    if (harmed.split(find).length !== 2) throw new Error(`${file}: what is to be harmed does not stand there once`);
    files.set(path, { before, harmed: harmed.replace(find, () => replace) });
  }
  const folder = mkdtempSync(join(tmpdir(), "cf-sabotage-"));
  const report = join(folder, "report.json");
  mend = () => {
    for (const [path, { before }] of files) writeFileSync(path, before);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const [path, { harmed }] of files) writeFileSync(path, harmed);
  try {
    const pattern = test.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const output = ["--reporter=json", `--outputFile.json=${report}`];
    const run = ["run", "--bail=1", test.file, "-t", pattern, ...output];
    await script("node_modules/vitest/vitest.mjs", run, { quiet: true }).catch(() => undefined);
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const named = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ ancestorTitles, title }) => [...ancestorTitles, title].some((each) => each.startsWith(test.name)));
    const failed = named.find(({ status }) => status === "failed");
    if (failed) return { fate: "failed", words: failed.failureMessages?.[0]?.split("\n")[0]?.slice(0, 160) ?? "" };
    return { fate: named.some(({ status }) => status === "passed") ? "passed" : "not run", words: "" };
  } catch {
    return { fate: "not run", words: "" };
  } finally {
    mend();
  }
}

const unknown = wanted.filter((one) => !sabotages.some((sabotage) => isWanted(sabotage, one)));
if (unknown.length > 0) {
  console.log(`no harm is known for ${unknown.join(", ")}`);
  process.exit(1);
}
const unnoticed: string[] = [];
for (const sabotage of sabotages) {
  if (wanted.length > 0 && !wanted.some((one) => isWanted(sabotage, one))) continue;
  const rows = sabotage.rows.map((row) => `R${row}`).join(" ");
  const { fate, words } = await fateOf(sabotage);
  const ending = fate === "not run" ? " (never came to it)" : words === "" ? "" : ` (${words})`;
  console.log(`${fate === "failed" ? "✓" : "✗"} ${rows}: ${sabotage.what} — ${sabotage.test.name}${ending}`);
  if (fate !== "failed") unnoticed.push(rows);
}
console.log(unnoticed.length === 0 ? "every harm was noticed" : `not noticed: ${unnoticed.join(", ")}`);
process.exit(unnoticed.length === 0 ? 0 : 1);
