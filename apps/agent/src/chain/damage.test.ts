import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVaultClient } from "@casaforte/vault";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock, systemRandom } from "../outside.ts";
import { AgentHome } from "../state/home.ts";
import { carryDamage, forgetDamage, noteDamage } from "./damage.ts";

const fileName = "damaged.json";
let home: AgentHome;
beforeEach(() => {
  home = new AgentHome(mkdtempSync(join(tmpdir(), "damage-")));
});
afterEach(() => rmSync(home.directory, { recursive: true }));

const at = (pointId: string) => ({ chainId: "chain", pointId });
const note = (found?: readonly string[]) => home.writeJson(fileName, { ...at("head"), ...(found && { found }) });
const noted = () => home.readJson(fileName);

test("R30: damage is forgotten once every point in which it was found is whole, or the head is", () => {
  note(["one", "two"]);
  forgetDamage(home, at("one"));
  forgetDamage(home, { chainId: "another", pointId: "two" });
  carryDamage(home, at("next"));
  expect(noted()).toEqual({ ...at("next"), found: ["two"] });
  forgetDamage(home, at("two"));
  expect(noted()).toBe(null);
  note(["one", "two"]);
  forgetDamage(home, at("head"));
  expect(noted()).toBe(null);
});

test("damage noted without the points in which it was found is forgotten with the head alone", () => {
  note();
  forgetDamage(home, at("one"));
  carryDamage(home, at("next"));
  expect(noted()).toEqual(at("next"));
  forgetDamage(home, at("next"));
  expect(noted()).toBe(null);
});

test("R30: two points found damaged while the vault is away are forgotten one by one", async () => {
  const vault = createVaultClient({
    baseUrl: "http://localhost",
    fetch: async () => new Response(null, { status: 401 }),
    clock: systemClock,
    random: systemRandom,
  });
  for (const pointId of ["one", "two"]) expect(await noteDamage(home, vault, at(pointId))).toBe(false);
  forgetDamage(home, at("one"));
  expect(noted()).toMatchObject({ found: ["two"] });
  forgetDamage(home, at("two"));
  expect(noted()).toBe(null);
  // A head that was known stays over what was found under it, until more is found.
  note(["one"]);
  await noteDamage(home, vault, at("one"));
  expect(noted()).toEqual({ ...at("head"), found: ["one"] });
  await noteDamage(home, vault, at("two"));
  forgetDamage(home, at("head"));
  expect(noted()).toMatchObject({ found: ["one", "two"] });
});
