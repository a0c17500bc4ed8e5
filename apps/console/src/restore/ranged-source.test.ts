import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { restoreLimits } from "./limits.ts";
import { rangedSource } from "./ranged-source.ts";

let life = new AbortController();
let asked = 0;
let answer: () => Promise<Response>;

beforeEach(() => {
  life = new AbortController();
  asked = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("fetch", async (_url: string, { signal }: { signal: AbortSignal }) => {
    asked++;
    // As a browser does: whatever is waited for ends with the signal.
    return Promise.race([
      answer(),
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ]);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What became of a read, as far as it is known. */
function read(): { outcome: unknown } {
  const source = rangedSource({ deviceId: "d", file: { id: "f", sizeBytes: 10 }, signal: () => life.signal });
  const seen: { outcome: unknown } = { outcome: null };
  source.read(0, 10).then(
    (bytes) => (seen.outcome = [...bytes]),
    (error: unknown) => (seen.outcome = error),
  );
  return seen;
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const never = () => new Promise<Response>(() => undefined);
const mute = async () => new Response(new ReadableStream(), { status: 206 });
const busy = async () => new Response("{}", { status: 503, headers: { "retry-after": "86400" } });

test.each([
  ["answers nothing", never],
  ["falls silent after its head", mute],
])("a server that %s is asked again some times, and then given up", async (_name, how) => {
  answer = how;
  const seen = read();
  await pass(restoreLimits.silenceMs - 1);
  expect([asked, seen.outcome]).toEqual([1, null]);
  await pass(restoreLimits.triesMax * restoreLimits.silenceMs + restoreLimits.retryMs * 2 ** restoreLimits.triesMax);
  expect(asked).toBe(restoreLimits.triesMax);
  expect(seen.outcome).toMatchObject({ code: "restore.network" });
});

test("a server that asks for a day's pause gets a minute's, and whoever stops does not wait for its end", async () => {
  answer = busy;
  const seen = read();
  await pass(restoreLimits.retryPauseMsMax - 1);
  expect(asked).toBe(1);
  await pass(1);
  expect([asked, seen.outcome]).toEqual([2, null]);
  life.abort();
  await pass(0);
  expect(seen.outcome).toMatchObject({ name: "AbortError" });
});
