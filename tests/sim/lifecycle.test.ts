import { spawnSync } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databasePid, isRunning, processesNaming } from "../support/processes.test-support.ts";
import { type Endpoints, repository, run, seed, takeSchema } from "../support/product.ts";
import { takeSeededData } from "../support/seeded-data.test-support.ts";
import { until } from "../support/until.test-support.ts";
import { DemoProcess } from "./demo-process.test-support.ts";
import { WebSession } from "./web-session.test-support.ts";

const isRoot = process.getuid?.() === 0;
let top: string;
let data: string;
const started: DemoProcess[] = [];

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "cf-life-"));
  await chmod(top, 0o711);
  data = join(top, "data");
});
afterEach(async () => {
  for (const demo of started.splice(0)) await demo.end("SIGKILL");
  await until("the end of every process of this test", () => processesNaming(top).length === 0, { withinMs: 60_000 });
  await rm(top, { recursive: true, force: true });
});

function start(...args: readonly string[]): DemoProcess {
  const demo = new DemoProcess({ args: ["--data", data, "--ports", "auto", ...args] });
  started.push(demo);
  return demo;
}

const endpoints = async (): Promise<Endpoints> =>
  JSON.parse(await readFile(join(data, "endpoints.json"), "utf8")) as Endpoints;

/** The directory of the database's socket, out of the URL kept for the doctor. */
async function socketDirectory(): Promise<string> {
  const { appUrl } = JSON.parse(await readFile(join(data, "database.json"), "utf8")) as { appUrl: string };
  return new URL(appUrl).searchParams.get("host") ?? "";
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

describe("starting and stopping", () => {
  test("whatever ends it, nothing is left running, and the next start keeps accounts and passwords", async () => {
    await takeSeededData(data, seed);
    let demo = start();
    await demo.ready();
    const before = (await endpoints()).demo;
    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
      const database = databasePid(data);
      const sockets = await socketDirectory();
      const code = await demo.end(signal);
      if (signal === "SIGKILL") {
        await until("the end of the database", () => !isRunning(database));
        await until("the end of its watcher", () => processesNaming(data).length === 0);
      } else {
        expect({ signal, code }).toEqual({ signal, code: 0 });
        expect(demo.output).toContain("Stopped.");
        expect(isRunning(database)).toBe(false);
        expect(processesNaming(data)).toEqual([]);
        expect(await exists(join(data, "running.pid"))).toBe(false);
      }
      expect(await exists(sockets)).toBe(false);

      demo = start();
      await demo.ready();
      // Nothing is set up again: that is what makes a second start take seconds.
      expect(demo.output).not.toContain("Database set up");
      const after = await endpoints();
      expect(after.demo).toEqual({ ...before, enrolmentToken: after.demo.enrolmentToken });
      await WebSession.operator(after);
    }
    expect(await demo.end("SIGTERM")).toBe(0);
  }, 400_000);

  test("an interrupted start leaves nothing running", async () => {
    // Nothing is seeded yet when it is cut: the start behind it need not seed either.
    const demo = start("--no-demo");
    await until("the database's start", () => databasePid(data) > 0);
    await demo.end("SIGINT");
    await until("the end of everything it started", () => processesNaming(data).length === 0);
    const again = start("--no-demo");
    await again.ready();
    expect(await again.end("SIGINT")).toBe(0);
  }, 180_000);

  test("a data directory in use is refused, and the starter that ends takes the product with it", async () => {
    await takeSeededData(data, seed);
    // `npm start` is two processes with a channel between them: its end is how the product learns of the first one's.
    const demo = new DemoProcess({ channel: true, args: ["--data", data, "--ports", "auto"] });
    started.push(demo);
    await demo.ready();
    const second = start();
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`already runs on ${data} (process ${demo.child.pid})`);
    expect(second.output).toContain("--data");
    expect(databasePid(data)).toBeGreaterThan(0);
    await WebSession.operator(await endpoints());
    demo.child.disconnect();
    expect(await demo.ended()).toBe(0);
    expect(processesNaming(data)).toEqual([]);
  }, 180_000);
});

describe("refusals that name what is wrong", () => {
  test("a taken port", async () => {
    const blocker = createServer();
    // Somebody else may hold it already: that serves as well.
    await new Promise<void>((resolve) => {
      blocker.once("listening", resolve).once("error", () => resolve());
      blocker.listen(7080, "127.0.0.1");
    });
    await takeSeededData(data, seed);
    try {
      const demo = new DemoProcess({ args: ["--data", data] });
      started.push(demo);
      expect(await demo.ended(110_000)).toBe(1);
      expect(demo.output).toMatch(/7080/);
      expect(demo.output).toContain("--ports auto");
      await until("the end of the database", () => processesNaming(data).length === 0);
    } finally {
      blocker.close();
    }
  }, 180_000);

  test("a directory that holds other files", async () => {
    const demo = new DemoProcess({ args: ["--data", tmpdir(), "--ports", "auto"] });
    started.push(demo);
    expect(await demo.ended()).toBe(1);
    expect(demo.output).toContain(`${tmpdir()} holds other files`);
  });

  test.runIf(isRoot)("as root, a directory that the database's user cannot reach", async () => {
    const closed = join(top, "home");
    await mkdir(closed, { mode: 0o700 });
    const demo = new DemoProcess({ args: ["--data", join(closed, "data"), "--ports", "auto"] });
    started.push(demo);
    expect(await demo.ended()).toBe(1);
    expect(demo.output).toContain(`cannot enter ${closed} (mode 700)`);
    expect(demo.output).toContain("/var/lib/casaforte");
    expect(await readdir(closed)).toEqual([]);
  });
});

/**
 * This checkout, or another in the user's home when the user cannot come here: directories of the user's own, in which
 * each file is this one's.
 */
async function checkoutFor(uid: number, gid: number, home: string): Promise<string> {
  const reach = spawnSync("/bin/sh", ["-c", 'test -x "$1"', "sh", process.execPath], { uid, gid });
  if (reach.status === 0) return repository;
  const copy = join(home, "casaforte");
  const linked = await run("cp", ["-al", repository, copy]);
  if (linked.code !== 0) {
    // Another file system.
    await rm(copy, { recursive: true, force: true });
    const copied = await run("cp", ["-a", "--reflink=auto", repository, copy]);
    expect(copied.code, copied.stderr).toBe(0);
  }
  const owned = await run("find", [copy, "-type", "d", "-exec", "chown", `${uid}:${gid}`, "{}", "+"]);
  expect(owned.code, owned.stderr).toBe(0);
  return copy;
}

test.runIf(isRoot)(
  "works as an ordinary user, in a home that only this user may enter",
  async () => {
    // PostgreSQL wants a user that has a name: nobody.
    const [uid, gid] = [65_534, 65_534];
    const home = join(top, "home");
    await mkdir(home, { mode: 0o700 });
    await chown(home, uid, gid);
    const env = { HOME: home, TMPDIR: "/tmp" };
    const checkout = await checkoutFor(uid, gid, home);
    const demo = new DemoProcess({ args: ["--ports", "auto"], env, uid, gid, checkout });
    started.push(demo);
    await demo.ready();
    data = join(home, ".local", "share", "casaforte");
    expect((await stat(join(data, "endpoints.json"))).uid).toBe(uid);
    await WebSession.operator(await endpoints());
    expect(await demo.end("SIGTERM")).toBe(0);
  },
  180_000,
);

test("--no-demo starts empty and prints a set-up link that works once", async () => {
  await takeSchema(data);
  const demo = start("--no-demo");
  await demo.ready();
  const { demo: accounts, operator } = (await endpoints()) as Partial<Endpoints>;
  expect(accounts).toBeUndefined();
  await until("the set-up link", () => demo.output.includes("Set up the first operator"));
  const token = /\/setup#(\S+)/.exec(demo.output)?.[1] ?? "";
  expect(demo.output).toContain(`${operator}/setup#${token}`);
  const setUp = () =>
    fetch(`${operator}/api/auth/bootstrap`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: operator ?? "", "sec-fetch-site": "same-origin" },
      body: JSON.stringify({
        token,
        login: "first@provider.example",
        displayName: "First",
        language: "en",
        password: "a long enough passphrase 7",
      }),
    });
  const first = await setUp();
  expect(first.ok, await first.text()).toBe(true);
  expect((await setUp()).ok).toBe(false);
  expect(await demo.end("SIGTERM")).toBe(0);
  const again = start("--no-demo");
  await again.ready();
  expect(await again.end("SIGTERM")).toBe(0);
  expect(again.output).not.toContain("/setup#");
}, 180_000);
