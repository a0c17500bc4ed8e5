import { SeededRandom } from "@casaforte/testkit";
import { frameLengthBytes, partFrameBytesMax } from "@casaforte/vault";
import fc from "fast-check";
import { expect, test } from "vitest";
import { takeLargeRoom } from "./gathered-body.ts";
import { PartReceiver } from "./part-receiver.ts";

/** A frame that says nothing but how long its part is. */
function framed(length: number): Uint8Array {
  const frame = Buffer.alloc(frameLengthBytes + 4);
  frame.writeUInt32BE(4);
  frame.writeUInt32BE(length, frameLengthBytes);
  return frame;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Part {
  readonly length: number;
  /** Pieces that are taken before whoever takes them leaves; null: all. */
  readonly pieces: number | null;
  /** Turns of the loop that he takes for each. */
  readonly turns: number;
}

/**
 * A connection with parts, read as Node reads it: the memory for the next read is asked for as soon as the last was told of.
 * One that is paused gives nothing more; TLS gives some reads that it has opened already.
 */
async function receive(parts: readonly Part[], { random, lateReads }: { random: SeededRandom; lateReads: number }) {
  const bodies = parts.map(({ length }) => random.bytes(length));
  const stream = Buffer.concat(bodies.flatMap((body) => [framed(body.length), body]));
  const taken: Buffer[] = [];
  const answers: Promise<void>[] = [];
  const spoiled = { is: false };
  let isPaused = false;
  let number = 0;
  const take = async (part: Part, pieces: AsyncIterable<Uint8Array>) => {
    const mine: Buffer[] = [];
    if (part.pieces !== 0)
      for await (const piece of pieces) {
        const before = Buffer.from(piece);
        for (let count = 0; count < part.turns; count++) await turn();
        // Whoever writes into a room that is in use would show here.
        expect(before.equals(piece)).toBe(true);
        mine.push(before);
        if (mine.length === part.pieces) break;
      }
    await turn();
    taken.push(Buffer.concat(mine));
    receiver.answered();
  };
  const receiver: PartReceiver = new PartReceiver({
    read: (frame) => Buffer.from(frame).readUInt32BE(0),
    begin: () => {
      const part = parts[number++];
      if (part === undefined) throw new Error("more parts than were sent");
      answers.push(take(part, receiver.body()));
    },
    spoil: () => (spoiled.is = true),
    resume: () => (isPaused = false),
  });
  let room = receiver.room();
  let late = 0;
  for (let at = 0; at < stream.length; ) {
    if (isPaused && (late >= lateReads || taken.length < number - 1)) {
      await turn();
      continue;
    }
    // What TLS has opened is of the part that comes: its sender waits for the answer behind it.
    const left = endOfPart(at) - at;
    if (isPaused && left === 0) {
      late = lateReads;
      continue;
    }
    late = isPaused ? late + 1 : 0;
    const count = Math.min(1 + (random.next() % 400_000), room.length, left === 0 ? Number.POSITIVE_INFINITY : left);
    room.set(stream.subarray(at, at + count));
    at += count;
    if (!receiver.took(count)) isPaused = true;
    room = receiver.room();
    if (random.next() % 3 === 0) await turn();
  }
  await Promise.all(answers);
  return { bodies, taken, spoiled: spoiled.is };

  /** Bytes up to the end of the part that `at` lies in; `at` itself where a frame begins. */
  function endOfPart(at: number): number {
    let end = 0;
    for (const { length } of parts) {
      if (at === end) return at;
      end += frameLengthBytes + 4 + length;
      if (at < end) return end;
    }
    return end;
  }
}

const part = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5_000_000 })),
  pieces: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.integer({ min: 0, max: 2 })),
  turns: fc.integer({ min: 0, max: 3 }),
});

test.each([0, 4])(
  "parts come whole and in order however they are read and taken, with %d reads after a pause",
  async (lateReads) => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat(), async (parts, seed) => {
        const { bodies, taken, spoiled } = await receive(parts, { random: new SeededRandom(seed + 1), lateReads });
        expect(spoiled).toBe(false);
        for (const [index, body] of bodies.entries()) {
          const { pieces } = parts[index] as Part;
          const mine = taken[index] as Buffer;
          if (pieces === null) expect(mine.equals(body)).toBe(true);
          else expect(mine.equals(body.subarray(0, mine.length))).toBe(true);
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  },
);

/** A receiver that has read the frame of a part of 5,000,000 bytes. */
function framedReceiver(begin: (receiver: PartReceiver) => void): PartReceiver {
  const receiver: PartReceiver = new PartReceiver({
    read: () => 5_000_000,
    begin: () => begin(receiver),
    spoil: () => undefined,
    resume: () => undefined,
  });
  const frame = framed(5_000_000);
  for (let at = 0; at < frame.length; ) {
    const room = receiver.room();
    room.set(frame.subarray(at, at + room.length));
    at += room.length;
    const goesOn = receiver.took(room.length);
    if (at === frame.length) expect(goesOn).toBe(false);
  }
  return receiver;
}

test("a room that the connection still writes to is nobody else's", async () => {
  let body: AsyncGenerator<Uint8Array> | null = null;
  const receiver = framedReceiver((given) => {
    body = given.body();
  });
  // Before somebody wants its bytes, a part has no room.
  const spill = receiver.room();
  expect(spill.length).toBeLessThan(100_000);
  const first = (body as AsyncGenerator<Uint8Array> | null)?.next();
  receiver.took(spill.length);
  const written = receiver.room();
  expect(written.length).toBeGreaterThan(1_000_000);
  // Refused before its bytes came: they are still on their way into the room.
  receiver.answered();
  const others = Array.from({ length: 12 }, takeLargeRoom);
  expect(others.some(({ buffer }) => buffer === written.buffer)).toBe(false);
  receiver.took(written.length);
  expect(receiver.room().buffer).not.toBe(written.buffer);
  receiver.end();
  await expect(first).rejects.toThrow("cut");
});

test.each([
  ["no bytes", 0],
  ["more than a frame may have", partFrameBytesMax + 1],
])("a frame of %s ends it", (_name, length) => {
  const state = { spoiled: 0, begun: 0 };
  const receiver = new PartReceiver({
    read: () => 1,
    begin: () => void state.begun++,
    spoil: () => void state.spoiled++,
    resume: () => undefined,
  });
  const head = Buffer.alloc(frameLengthBytes);
  head.writeUInt32BE(length);
  receiver.room().set(head);
  expect(receiver.took(frameLengthBytes)).toBe(false);
  expect(state).toEqual({ spoiled: 1, begun: 0 });
});

test("whoever sends the next part before he was answered is cut off", () => {
  const state = { spoiled: 0 };
  const receiver = new PartReceiver({
    read: () => 1,
    begin: () => undefined,
    spoil: () => void state.spoiled++,
    resume: () => undefined,
  });
  const bytes = Buffer.concat([framed(1), Buffer.from([7]), framed(1)]);
  for (let at = 0; at < bytes.length && state.spoiled === 0; ) {
    const room = receiver.room();
    const count = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    at += count;
    receiver.took(count);
  }
  expect(state.spoiled).toBe(1);
});
