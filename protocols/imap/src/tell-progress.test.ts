import { expect, test } from "vitest";
import { ProgressTeller } from "./tell-progress.ts";

test("a clock that is set back makes nobody wait longer than an interval for a word", async () => {
  let nowMs = 10_000_000;
  const asked: { readonly ms: number; readonly wake: () => void }[] = [];
  const lines: string[] = [];
  const session = {
    clock: {
      nowMs: () => nowMs,
      sleep: (ms: number) => new Promise<void>((wake) => asked.push({ ms, wake })),
    },
    limits: { progressMs: 15_000 },
    out: { isFull: false, line: (text: string) => void lines.push(text), flush: () => undefined },
    progress: null,
  };
  const teller = new ProgressTeller(session, new AbortController().signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = teller.of("a", () => promise);
  const wake = async (afterMs: number) => {
    nowMs += afterMs;
    asked.at(-1)?.wake();
    await new Promise((turn) => setImmediate(turn));
  };
  nowMs -= 3_600_000;
  await wake(15_000);
  expect(asked.map(({ ms }) => ms)).toEqual([15_000, 15_000]);
  await wake(15_000);
  expect(lines).toEqual(['* OK [INPROGRESS ("a" NIL NIL)] Still working']);
  resolve();
  await done;
  await wake(15_000);
  expect(teller.ended).toBeNull();
});
