import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp } from "../testing/in-process.ts";

test("a run whose early look at the chain's metadata fails looks again after its commit, and succeeds", async () => {
  let opened = false;
  let refused = 0;
  const fate = ({ method, path }: { method: string; path: string }) => {
    if (method === "POST" && path.endsWith("/uploads")) opened = true;
    if (!opened || refused > 0 || method !== "GET" || !path.endsWith("/vbm")) return "pass" as const;
    refused += 1;
    return { status: 400 } as const;
  };
  await using machine = await startMachine("late-vbm-", { fate });
  const { home, tree: path } = machine;
  writeFileSync(join(path, "file"), "new");
  expect((await backUp(home, [{ kind: "path", path }])).figures.files).toBe(1);
  expect(refused).toBe(1);
});
