import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp } from "../testing/in-process.ts";
import { forgetDamage } from "./damage.ts";

/** No JSON, and JSON of another shape. */
const damagedTexts = (chainId: string) => ["\0\0\0", "null", "[]", JSON.stringify({ chainId, found: 7, blocks: 7 })];

test("a note of damage that cannot be read makes one new full, a list of blocks none, and both are told", async () => {
  await using machine = await startMachine("damaged-notes-");
  const { tree, home } = machine;
  writeFileSync(join(tree, "file"), "content");
  const run = async () => {
    const { kind, notes } = await backUp(home, [{ kind: "path", path: tree }]);
    return [kind, ...notes.filter(({ code }) => code === "state_damaged").map(({ path }) => path)];
  };
  expect(await run()).toEqual(["vbk"]);
  const [damage, repack] = [home.path("damaged.json"), home.path("repack.json")];
  const { chainId } = home.enrolment();
  for (const text of damagedTexts(chainId)) {
    for (const path of [damage, repack]) writeFileSync(path, text);
    // Whoever reads another point whole does not take it away.
    forgetDamage(home, { chainId, pointId: "another" });
    expect(await run()).toEqual(["vbk", damage]);
    expect(await run()).toEqual(["vib", repack]);
    expect(await run()).toEqual(["vib"]);
  }
}, 120_000);
