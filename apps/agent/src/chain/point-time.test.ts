import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Id, newId } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import type { FileReply, VaultClient } from "@casaforte/vault";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verify } from "../commands/verify.ts";
import { Notes } from "../notes.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { type EnrolledMachine, startMachine } from "../testing/enrolled-machine.ts";
import { backUp, password, vaultOf } from "../testing/in-process.ts";
import { findPoint } from "./find-point.ts";
import { unlockChain } from "./unlock.ts";

const day = 86_400_000;

let machine: EnrolledMachine;
beforeEach(async () => {
  machine = await startMachine("point-time-");
});
afterEach(() => machine[Symbol.asyncDispose]());

/** A machine with two points, and what a check of one tells when the vault lists the first one's file so. */
async function startPoints() {
  const { tree, home } = machine;
  writeFileSync(join(tree, "file"), "of some day");
  const made: string[] = [];
  while (made.length < 2) made.push((await backUp(home, [{ kind: "path", path: tree }])).pointId);
  const client = vaultOf(home);
  const point = await findPoint(client, made[0] ?? "");
  const storageKey = await unlockChain({ vault: client, chainId: point.chainId, password: async () => password });
  const check = async (changes: Partial<Pick<FileReply, "pointId" | "at">>, onMachine: boolean) => {
    const lying: VaultClient = Object.assign(Object.create(client), {
      async *files(query: Parameters<VaultClient["files"]>[0]) {
        for await (const file of client.files(query)) if (file.pointId === point.pointId) yield { ...file, ...changes };
      },
    });
    const { signal } = new AbortController();
    const context = { vault: lying, storageKey, notes: new Notes(), onProgress: () => undefined, signal };
    const done = await verify({ ...context, point: { ...point, ...changes }, ...(onMachine && { home }) });
    return done.notes.map(({ code }) => code);
  };
  return { made, check };
}

test("a point that the vault shows in the place of a newer or an older one is told by the time of its run", async () => {
  const { check } = await startPoints();
  const told = (changes: Partial<Pick<FileReply, "pointId" | "at">>) => check(changes, false);
  const nowMs = systemClock.nowMs();
  const pointOf = (ms: number) => newId<Id<"Point">>(new FakeClock(ms), systemRandom);
  expect(await told({})).toEqual([]);
  // Of points of one time nobody else knows which is which.
  expect(await told({ pointId: pointOf(nowMs) })).toEqual([]);
  expect(await told({ pointId: pointOf(nowMs + day), at: new Date(nowMs + day).toISOString() })).toEqual([
    "point_time",
  ]);
  // An id that somebody noted down has its time, whatever the list says.
  expect(await told({ pointId: pointOf(nowMs - day) })).toEqual(["point_time"]);
  expect(await told({ at: new Date(nowMs + day).toISOString() })).toEqual(["point_time"]);
}, 120_000);

test("the machine that made a point refuses another in its place", async () => {
  const { made, check } = await startPoints();
  expect(await check({}, true)).toEqual([]);
  await expect(check({ pointId: made[1] ?? "" }, true)).rejects.toMatchObject({ code: "agent.chain" });
}, 120_000);
