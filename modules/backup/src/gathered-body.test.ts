import { Readable } from "node:stream";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { gathered, roomBytes } from "./gathered-body.ts";

/** A body in pieces of any size, and how much of it was asked for. */
function bodyOf(bytes: Uint8Array, random: SeededRandom, end: "whole" | "cut" = "whole") {
  const state = { given: 0 };
  const body = new Readable({
    highWaterMark: 65_536,
    read() {
      if (state.given === bytes.length) {
        if (end === "whole") this.push(null);
        else this.destroy();
        return;
      }
      const length = 1 + (random.next() % 200_000);
      // A copy: what was taken is given back to the system.
      const piece = bytes.slice(state.given, state.given + length);
      state.given += piece.length;
      this.push(piece);
    },
  });
  return { body, state };
}

test.each([0, 1, 65_536, roomBytes, 3 * roomBytes + 77])(
  "a body of %d bytes comes whole and in order",
  async (length) => {
    const random = new SeededRandom(length + 1);
    const bytes = random.bytes(length);
    const taken: Uint8Array[] = [];
    for await (const piece of gathered(bodyOf(bytes, random).body, length)) {
      taken.push(Buffer.from(piece));
      if (taken.length % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.concat(taken).equals(bytes)).toBe(true);
    if (length > roomBytes) expect(taken.map((piece) => piece.length).slice(0, -1)).toEqual(Array(3).fill(roomBytes));
  },
);

test("a body longer than was announced comes whole, too: whoever counts refuses it", async () => {
  const random = new SeededRandom(4);
  const bytes = random.bytes(400_000);
  const taken: Uint8Array[] = [];
  for await (const piece of gathered(bodyOf(bytes, random).body, 10)) taken.push(Buffer.from(piece));
  expect(Buffer.concat(taken).equals(bytes)).toBe(true);
});

test("no more than two rooms are read ahead of whoever takes his time, and nothing after he left", async () => {
  const random = new SeededRandom(5);
  const { body, state } = bodyOf(random.bytes(8 * roomBytes), random);
  for await (const piece of gathered(body, 8 * roomBytes)) {
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(piece.length).toBe(roomBytes);
    expect(state.given).toBeLessThan(3 * roomBytes);
    break;
  }
  const { given } = state;
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(state.given).toBe(given);
  expect(body.listenerCount("data")).toBe(0);
  expect(body.destroyed).toBe(false);
});

test("a body that breaks ends with its error, one that is cut with one, and one that was gone before at once", async () => {
  const random = new SeededRandom(6);
  const readAll = async (body: Readable) => {
    for await (const piece of gathered(body, 2 * roomBytes)) expect(piece.length).toBeGreaterThan(0);
  };
  const broken = new Readable({ read() {} });
  const wait = readAll(broken);
  broken.destroy(new Error("the line broke"));
  await expect(wait).rejects.toThrow("the line broke");
  await expect(readAll(bodyOf(random.bytes(5), random, "cut").body)).rejects.toThrow("the body was cut");
  const gone = new Readable({ read() {} }).destroy();
  await expect(readAll(gone)).rejects.toThrow("the body was cut");
});
