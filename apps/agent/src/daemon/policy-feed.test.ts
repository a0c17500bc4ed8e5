import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@casaforte/testkit";
import type { DevicePolicyReply, VaultClient } from "@casaforte/vault";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentHome } from "../state/home.ts";
import { vaultPolicyFeed } from "./policy-feed.ts";

let top = "";
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "policy-feed-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const reply: DevicePolicyReply = {
  policy: null,
  runRequest: { requestId: "00000000-0000-7000-8000-000000000009", at: "2026-11-30T12:00:00.000Z" },
};

test("orders that cannot be written down are followed all the same, and written when they can be", async () => {
  const home = new AgentHome(join(top, "home"));
  // Nothing can be put in the place of a directory.
  mkdirSync(home.path("policy.json"), { recursive: true });
  const vault: Pick<VaultClient, "policy"> = {
    policy: async ({ known, signal } = {}) => {
      signal?.throwIfAborted();
      if (known === "first")
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      return { etag: "first", reply };
    },
  };
  const feed = vaultPolicyFeed(vault as VaultClient, home, new FakeClock(0));
  const signal = AbortSignal.timeout(10_000);
  expect(await feed.next(signal)).toEqual(reply);
  rmdirSync(home.path("policy.json"));
  const stop = new AbortController();
  const next = feed.next(stop.signal);
  stop.abort(new Error("stopped"));
  await expect(next).rejects.toThrow("stopped");
  expect(feed.kept()).toEqual({ ...reply, runRequest: null });
});

test("orders that were kept and cannot be read are none", () => {
  const home = new AgentHome(join(top, "home"));
  home.create();
  writeFileSync(home.path("policy.json"), "\0\0\0");
  expect(vaultPolicyFeed({} as VaultClient, home, new FakeClock(0)).kept()).toBeNull();
});
