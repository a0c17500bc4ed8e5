import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

/** A program that lives by `untilAsked` and does `trouble`; its stop takes a turn of the loop. */
async function programWith(trouble: string, signal?: NodeJS.Signals) {
  const source = `
    import { Failure } from "@casaforte/kernel";
    import { openLogger } from "@casaforte/platform/telemetry";
    import { untilAsked } from ${JSON.stringify(new URL("./process-life.ts", import.meta.url).href)};
    const alive = setInterval(() => {}, 1000);
    const stop = async () => { await new Promise(setImmediate); process.stdout.write("drained\\n"); };
    const code = untilAsked(stop, openLogger({ level: "info" }));
    setImmediate(() => { ${trouble}; setTimeout(() => process.stdout.write("lives\\n"), 50); });
    process.exitCode = await code;
    clearInterval(alive);
    process.exit();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd: import.meta.dirname });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    if (signal && stdout.includes("lives")) child.kill(signal);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

test.each([
  ["an exception that nobody caught", 'setTimeout(() => { throw new TypeError("reading null"); })'],
  ["a promise that nobody waited for", 'Promise.reject(new TypeError("reading null"))'],
])("%s is logged in full and ends the program with 70, in order", async (_name, trouble) => {
  const { code, stdout, stderr } = await programWith(trouble);
  expect(code).toBe(70);
  expect(stdout).toContain("drained");
  expect(stderr).toMatch(/"event":"process\.(uncaught_exception|unhandled_rejection)"/);
  expect(stderr).toMatch(/reading null.*stack/);
});

test("trouble of the outside world that escaped its promise is logged, and the program lives until asked", async () => {
  const { code, stdout, stderr } = await programWith(
    'Promise.reject(new Failure("unavailable", "db.unavailable", "the database cannot be reached"))',
    "SIGTERM",
  );
  expect(stderr).toContain('"event":"process.unhandled_failure"');
  expect(stdout).toMatch(/lives[\s\S]*drained/);
  expect(code).toBe(0);
});
