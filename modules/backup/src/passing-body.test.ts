import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { PassingBody } from "./passing-body.ts";

/** Gives one room again and again, as the store does, and counts what it was asked for. */
function roomOf(pieces: number) {
  const state = { asked: 0, left: false };
  async function* give() {
    const room = Buffer.alloc(1000);
    try {
      for (let index = 0; index < pieces; index++) {
        state.asked++;
        yield room.fill(index);
      }
    } finally {
      state.left = true;
    }
  }
  return { state, pieces: give() };
}

test("the next piece is asked for when the one before was taken, so that a room can be used again", async () => {
  const { state, pieces } = roomOf(5);
  const taken: number[] = [];
  const to = new Writable({
    write(piece: Buffer, _encoding, done) {
      // The socket takes its time and looks at the memory at the end of it.
      setImmediate(() => {
        expect(piece.every((byte) => byte === taken.length)).toBe(true);
        taken.push(state.asked);
        done();
      });
    },
  });
  const body = new PassingBody(pieces);
  body.pipe(to);
  await Promise.all([once(body, "end"), once(to, "finish")]);
  expect(taken).toEqual([1, 2, 3, 4, 5]);
});

test("when the client goes in the middle of a piece, whoever gives them hears of it and gives no more", async () => {
  const { state, pieces } = roomOf(5);
  const to = new Writable({ write: () => undefined });
  const body = new PassingBody(pieces);
  body.pipe(to);
  await new Promise(setImmediate);
  body.destroy();
  await once(body, "close");
  await expect.poll(() => state).toEqual({ asked: 1, left: true });
});

test("a source that fails ends the body with its failure, and the reply is not ended as if it were whole", async () => {
  const body = new PassingBody(
    (async function* () {
      yield Buffer.from("a");
      throw new Error("the disk is away");
    })(),
  );
  const to = new Writable({ write: (_piece, _encoding, done) => done() });
  body.pipe(to);
  const [error] = (await once(body, "error")) as [Error];
  expect([error.message, to.writableEnded]).toEqual(["the disk is away", false]);
});

test("a body that is left before anybody asked for it leaves its source too", async () => {
  const { state, pieces } = roomOf(5);
  await pieces.next();
  const body = new PassingBody(pieces);
  body.destroy();
  await once(body, "close");
  await expect.poll(() => state).toEqual({ asked: 1, left: true });
});
