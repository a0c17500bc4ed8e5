import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stateOf } from "../testing/process-state.ts";
import type { Note } from "../tree/note.ts";
import { runHooks } from "./hooks.ts";

let top = "";
const notes: Note[] = [];

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "hooks-"));
  notes.length = 0;
});
afterEach(() => {
  delete process.env["CASAFORTE_PASSWORD"];
  rmSync(top, { recursive: true, force: true });
});

const hook = (command: string, onFailure: "stop" | "go_on" = "stop", timeoutSeconds = 60) => ({
  command,
  onFailure,
  timeoutSeconds,
});
const run = (hooks: ReturnType<typeof hook>[], result: "ok" | "failed" | null = null) =>
  runHooks(hooks, {
    when: result === null ? "before" : "after",
    result,
    onNote: (note) => notes.push(note),
    signal: new AbortController().signal,
  });

test("commands run in order, know how the run ended, and do not see the password", async () => {
  process.env["CASAFORTE_PASSWORD"] = "never to be seen";
  const file = join(top, "out");
  await run([hook(`echo one > ${file}`), hook(`echo "$CASAFORTE_RESULT [$CASAFORTE_PASSWORD]" >> ${file}`)], "ok");
  expect(readFileSync(file, "utf8")).toBe("one\nok []\n");
});

test("a command whose failure is to stop ends the run with its last words; another is noted and passed over", async () => {
  await expect(run([hook("echo no disk >&2; exit 7"), hook(`touch ${top}/after`)])).rejects.toMatchObject({
    code: "hook.before_failed",
    message: "the before command failed: it ended with code 7: no disk",
  });
  await run([hook("exit 1", "go_on"), hook(`touch ${top}/reached`)]);
  expect(notes).toMatchObject([{ level: "told", code: "hook_failed" }]);
  expect(readFileSync(`${top}/reached`, "utf8")).toBe("");
});

test("a command that takes too long is ended with all that it started", async () => {
  const file = join(top, "pid");
  await expect(run([hook(`sleep 600 & echo $! > ${file}; wait`, "stop", 1)])).rejects.toMatchObject({
    message: "the before command failed: it took longer than 1 s",
  });
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => stateOf(pid)).toMatch(/gone|Z/);
});

test("a command is over when it ends itself, whoever holds what it complains to", async () => {
  const file = join(top, "pid");
  const leave = `setsid sleep 600 & echo $! > ${file}`;
  try {
    await run([hook(`${leave}; exit 0`)]);
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
    await expect(run([hook(`${leave}; echo no disk >&2; exit 7`)])).rejects.toMatchObject({
      message: "the before command failed: it ended with code 7: no disk",
    });
  } finally {
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  }
});

test("a command that does not listen is killed with all that it started", async () => {
  const file = join(top, "pid");
  const deaf = `trap '' TERM; echo busy >&2; sleep 600 & echo $! > ${file}; wait`;
  // Long enough for a shell to begin on a machine that runs everything at once: told to end before, it would not be deaf.
  await expect(run([hook(deaf, "stop", 3)])).rejects.toMatchObject({
    message: "the before command failed: it took longer than 3 s: busy",
  });
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => stateOf(pid), { timeout: 10_000 }).toMatch(/gone|Z/);
}, 30_000);
