import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { FileKeys } from "./file-keys.ts";
import { StorageKey } from "./storage-key.ts";

const fileId = "00000000-0000-7000-8000-00000000c4a2";
const storageKey = StorageKey.generate(new SeededRandom(1));
const make = (seed: number) => new FileKeys({ storageKey, fileId, random: new SeededRandom(seed), nowMs: 0 });

test("R54: each chain and each file has a random key of its own, of 256 bits", () => {
  const chains = [2, 3].map((seed) => StorageKey.generate(new SeededRandom(seed)));
  expect(chains.map((chain) => chain.key.length)).toEqual([32, 32]);
  expect(chains[0]?.key).not.toEqual(chains[1]?.key);
  const [one, other] = [make(2), make(3)];
  expect(one.blockKeys.key).not.toEqual(other.blockKeys.key);
  expect(one.metaKeySetId).not.toEqual(other.metaKeySetId);
  expect(one.blockKeys.macKey).not.toEqual(other.blockKeys.macKey);
});

test("an interrupted upload goes on under the keys it began with", () => {
  const begun = make(2);
  const random = new SeededRandom(9);
  const resumed = new FileKeys({ storageKey, fileId, random, nowMs: 5, resume: structuredClone(begun.keySets) });
  expect(resumed.blockKeys).toEqual(begun.blockKeys);
  expect(resumed.keySets).toEqual(begun.keySets);
  const pages = new Uint8Array(4096).fill(7);
  const encrypted = [resumed, begun].map((keys) => {
    const room = new Uint8Array(8192);
    room.set(pages);
    return room.subarray(0, keys.encryptPages(room, pages.length));
  });
  expect(encrypted[0]).toHaveLength(4112);
  expect(encrypted[0]).toEqual(encrypted[1]);
  expect(resumed.bankTag(0, pages)).toEqual(begun.bankTag(0, pages));
  const strange = StorageKey.generate(random);
  const refused = () => new FileKeys({ storageKey: strange, fileId, random, nowMs: 5, resume: begun.keySets });
  expect(refused).toThrow("do not open");
});

test("destroyed keys are zero", () => {
  const keys = make(2);
  const { key, macKey, iv } = keys.blockKeys;
  keys.destroy();
  for (const secret of [key, macKey, iv]) expect(secret.every((byte) => byte === 0)).toBe(true);
});
