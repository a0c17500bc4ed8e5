import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sabotages } from "./sabotage-list.ts";
import type { Sabotage } from "./sabotages/sabotage.ts";
import { root, script } from "./steps.ts";

/**
 * `npm run sabotage -- [R38 …]`: harms the product in one place, runs the test that must fail, mends the place, goes on
 * to the next. Ends with 1 when a test passed although its promise was broken. The work tree is as before at the end,
 * also after Ctrl-C.
 */
const wanted = process.argv.slice(2).map((row) => Number(row.replace(/^R/i, "")));
let mend: () => void = () => {};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    mend();
    process.exit(130);
  });

/** True when the test failed, as it must. */
async function isNoticed({ file, find, replace, test }: Sabotage): Promise<boolean> {
  const path = join(root, file);
  const before = readFileSync(path, "utf8");
  if (before.split(find).length !== 2) throw new Error(`${file}: what is to be harmed does not stand there once`);
  mend = () => writeFileSync(path, before);
  writeFileSync(
    path,
    before.replace(find, () => replace),
  );
  try {
    const pattern = test.name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    await script("node_modules/vitest/vitest.mjs", ["run", "--bail=1", test.file, "-t", pattern], { quiet: true });
    return false;
  } catch {
    return true;
  } finally {
    mend();
  }
}

const unknown = wanted.filter((row) => !sabotages.some(({ rows }) => rows.includes(row)));
if (unknown.length > 0) {
  console.log(`no harm is known for ${unknown.map((row) => `R${row}`).join(", ")}`);
  process.exit(1);
}
const unnoticed: string[] = [];
for (const sabotage of sabotages) {
  if (wanted.length > 0 && !sabotage.rows.some((row) => wanted.includes(row))) continue;
  const rows = sabotage.rows.map((row) => `R${row}`).join(" ");
  const noticed = await isNoticed(sabotage);
  console.log(`${noticed ? "✓" : "✗"} ${rows}: ${sabotage.what} — ${sabotage.test.name}`);
  if (!noticed) unnoticed.push(rows);
}
console.log(unnoticed.length === 0 ? "every harm was noticed" : `not noticed: ${unnoticed.join(", ")}`);
process.exit(unnoticed.length === 0 ? 0 : 1);
