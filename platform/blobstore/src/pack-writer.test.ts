import type { FileHandle } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPackFile, PackWriter } from "./pack-writer.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-pack-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const lost = Object.assign(new Error("lost"), { code: "EIO", syscall: "writev" });
const bytesOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** A file on a disk that loses what `fails` says. `writes` has the length of each write that it was asked for. */
async function writerOn(fails: (lengthBytes: number) => boolean) {
  const writes: number[] = [];
  const file = await openPackFile(join(directory, "pack"));
  const faulty = new Proxy(file, {
    get(target, name) {
      if (name !== "writev") {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (pieces: Uint8Array<ArrayBuffer>[], position?: number) => {
        writes.push(bytesOf(pieces));
        const written = await target.writev(pieces, position);
        if (fails(bytesOf(pieces))) throw lost;
        return written;
      };
    },
  }) as FileHandle;
  return { writer: new PackWriter("pack", 0, faulty), writes };
}

test("what the disk lost of the zeros is no promise about the records written beside them", async () => {
  const { writer } = await writerOn((lengthBytes) => lengthBytes > 1_000_000);
  const offset = writer.take(4096);
  await expect(writer.write(offset, [Buffer.alloc(4096, 1)])).rejects.toMatchObject({ code: "EIO" });
  expect(writer.broken).toBe(true);
  writer.close();
});

test("after a write that failed nothing is written to that file any more, also of what waited for it", async () => {
  const { writer, writes } = await writerOn((lengthBytes) => lengthBytes === 4096);
  const puts = [1, 2, 3].map((fill) => ({ offset: writer.take(4096 * fill), bytes: Buffer.alloc(4096 * fill, fill) }));
  const ended = await Promise.allSettled(puts.map(({ offset, bytes }) => writer.write(offset, [bytes])));
  expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(writes.filter((lengthBytes) => lengthBytes < 1_000_000)).toHaveLength(1);
  writer.close();
});
