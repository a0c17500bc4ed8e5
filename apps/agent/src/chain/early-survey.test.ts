import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startMachine } from "../testing/enrolled-machine.ts";
import { backUp } from "../testing/in-process.ts";
import { connectVault } from "../vault-session.ts";
import { EarlySurvey } from "./early-survey.ts";

test("what opening the parent takes is fetched while the password is stretched, three reads a file, and nothing of it again", async () => {
  const asked: string[] = [];
  const fate = ({ method, path }: { method: string; path: string }) => {
    asked.push(`${method} ${path}`);
    return "pass" as const;
  };
  await using machine = await startMachine("early-", { fate });
  const { home, tree: path } = machine;
  const save = () => backUp(home, [{ kind: "path", path }]);
  const files = 3;
  for (let run = 0; run < files; run++) {
    writeFileSync(join(path, `file-${run}`), `new on day ${run}`);
    await save();
  }
  asked.length = 0;
  expect((await save()).figures.files).toBe(files);
  const reads = (requests: readonly string[]) =>
    requests.filter((request) => /^GET .*\/files\/[^/]+$/.test(request)).length;
  const opened = asked.findIndex((request) => /^POST .*\/uploads$/.test(request));
  expect(opened).toBeGreaterThan(0);
  expect(reads(asked.slice(0, opened))).toBe(3 * files);
  expect(reads(asked.slice(opened))).toBe(0);
  // The last run added one. What is fetched for nothing would be kept while a long chain is opened.
  const { vaultUrl, deviceToken, chainId } = home.enrolment();
  const client = connectVault({ vaultUrl, token: deviceToken, onPause: () => {} });
  for (const [filesMax, fetched] of [
    [files + 1, files + 1],
    [files, 0],
  ] as const) {
    const { signal } = new AbortController();
    using early = new EarlySurvey({ vault: client, chainId, signal, filesMax });
    early.begin(true);
    expect((await early.take()).ahead?.size).toBe(fetched);
  }
});
