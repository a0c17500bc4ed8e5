import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Notes } from "./notes.ts";
import { systemClock, systemRandom } from "./outside.ts";
import { reportedNotes } from "./report.ts";
import type { AgentHome, LastRun } from "./state/home.ts";
import { enrolHome } from "./testing/enrolled-machine.ts";
import { backUp } from "./testing/in-process.ts";

let top = "";
let vault: MemoryVault;
let home: AgentHome;
let refusals = 0;

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "report-"));
  mkdirSync(join(top, "tree"));
  refusals = 0;
  vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    fate: ({ path }) => (path.endsWith("/reports") && refusals-- > 0 ? { status: 422 } : "pass"),
  });
  home = await enrolHome(vault, join(top, "home"));
});
afterEach(async () => {
  await vault.close();
  rmSync(top, { recursive: true, force: true });
});

const run = () => backUp(home, [{ kind: "path", path: join(top, "tree") }]);
const listening = (server: Server) => new Promise<Server>((resolve) => server.once("listening", () => resolve(server)));
const reports = () => vault.reports(home.enrolment().deviceId);

test("R10: the vault hears how many notes of each kind a run made and no name; the names stay in the device's own state", async () => {
  const sockets = ["private one", "private two"].map((name) => join(top, "tree", name));
  const servers = await Promise.all(sockets.map((path) => listening(createServer().listen(path))));
  try {
    await run();
  } finally {
    for (const server of servers) server.close();
  }
  expect(reports()).toMatchObject([{ result: "ok", notes: [{ level: "told", code: "socket", count: 2 }] }]);
  expect(JSON.stringify(reports())).not.toContain("private");
  expect(
    home
      .readJson<LastRun>("last-run.json")
      ?.notes?.map(({ path }) => path)
      .toSorted(),
  ).toEqual(sockets);
});

test("a vault of before, which refuses a report with notes, is told how the run ended all the same", async () => {
  const subvolume = join(top, ".casaforte-snapshot-7-0");
  symlinkSync(join(top, "tree"), subvolume);
  home.writeJson("snapshots.json", [{ kind: "btrfs", subvolume }]);
  writeFileSync(join(top, "tree", "file"), "x");
  refusals = 1;
  expect((await run()).notes).toMatchObject([{ code: "snapshot_left" }]);
  expect(reports()).toMatchObject([{ result: "ok", filesTotal: 1 }]);
  expect(reports()[0]).not.toHaveProperty("notes");
});

test("a thousand kinds of notes are told as the first of what was lost", () => {
  const notes = new Notes();
  const add = (level: "lost" | "told", code: string) =>
    notes.add({ level, code, path: Buffer.from("/x"), message: "x" });
  for (let kind = 0; kind < 1000; kind++) add("told", `kind${kind}`);
  for (let times = 0; times < 3; times++) add("lost", "unreadable");
  const before = notes.mark;
  add("lost", "unreadable");
  notes.backTo(before);
  expect(reportedNotes(notes)).toHaveLength(32);
  expect(reportedNotes(notes)?.[0]).toEqual({ level: "lost", code: "unreadable", count: 3 });
  expect(notes.lost).toBe(3);
});
