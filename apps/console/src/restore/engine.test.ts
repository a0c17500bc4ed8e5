import { toHex, utf8 } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { createKeyring } from "@casaforte/vbk/seal";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { attributes, MemoryImage, type Node, readTree, writeTree } from "../../../../formats/arena/src/testing/tree.ts";
import { buildSample, uuid } from "../../../../formats/vbk/src/build.test-support.ts";
import { readZip } from "../../../../tests/support/read-zip.ts";
import { createEngine } from "./engine.ts";
import { restoreLimits } from "./limits.ts";
import type { PointToOpen, SaveReport } from "./protocol.ts";

const random = new SeededRandom(11);
const password = "una frase che nessuno sa";
const unlocking = { kind: "password", password } as const;
const large = random.bytes(9_000_000);
const big = random.bytes(2_500_000);

const pictureHead = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);

const file = (name: string | Uint8Array, ...pieces: (Uint8Array | number)[]): Node => ({
  at: attributes(name),
  kind: "file",
  pieces,
});
const folder = (name: string, ...children: Node[]): Node => ({ at: attributes(name), kind: "directory", children });

const firstTree = [
  folder(
    "home",
    file("large", large),
    file("big", big),
    folder("empty"),
    file(Uint8Array.of(0x63, 0xe9), utf8("x")),
    file("notes", utf8("first")),
  ),
];
const secondTree = [
  folder(
    "home",
    file("large", large),
    file("big", big),
    folder("empty"),
    file(Uint8Array.of(0x63, 0xe9), utf8("x")),
    file("notes", utf8("in the second")),
    file("Perché no.txt", utf8("new in the second point")),
    file("sparse", 3_000_000, utf8("end")),
    { at: attributes("link"), kind: "symlink", target: utf8("big") },
    { at: attributes("pipe"), kind: "fifo" },
  ),
  folder(
    "looks",
    file("windows.txt", utf8("perch"), Uint8Array.of(0xe9, 0x0d, 0x0a)),
    file("long.svg", utf8(`<svg>${"è".repeat(150_000)}`)),
    file("no name tells it", pictureHead),
    file("huge.png", pictureHead, restoreLimits.previewPictureBytesMax),
  ),
];

let point: PointToOpen;
/** The vault's files by id, as they are stored. */
const stored = new Map<string, Uint8Array>();
/** Ranges that were asked for. */
const asked: string[] = [];
let damage: ((fileId: string, offset: number, bytes: Uint8Array) => Response | null) | null = null;

beforeAll(async () => {
  const { keyring, storageKey } = await createKeyring({ chainId: uuid(1000), password }, { random, nowMs: 1 });
  const image = new MemoryImage();
  await writeTree({ image, nodes: firstTree });
  const blocks = Math.max(...image.blocks.keys()) + 1;
  const full = buildSample({ blocks: new Map(image.blocks), imageBlocks: blocks, storageKey });
  const before = new Map(image.blocks);
  await writeTree({ image, nodes: secondTree, parent: (await readTree(image)).reader });
  const changed = new Map([...image.blocks].filter(([index, bytes]) => before.get(index) !== bytes));
  const increment = buildSample({
    kind: "increment",
    blocks: changed,
    imageBlocks: Math.max(...image.blocks.keys()) + 1,
    number: 2,
    parentRoot: full.finished.root,
    storageKey,
  });
  const files = [full, increment].map(({ bytes, finished }, index) => {
    stored.set(uuid(index + 1), bytes);
    const kind = index === 0 ? ("vbk" as const) : ("vib" as const);
    return {
      id: uuid(index + 1),
      kind,
      sizeBytes: bytes.length,
      fileRoot: toHex(finished.root),
      at: `2026-03-0${index + 1}T02:00:00.000Z`,
    };
  });
  point = { deviceId: uuid(9), chainId: uuid(1000), files, keyring };
  vi.stubGlobal("fetch", async (url: string, init: { headers: { range: string }; signal: AbortSignal }) => {
    init.signal.throwIfAborted();
    const fileId = url.split("/").at(-1) ?? "";
    const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(init.headers.range) ?? []).map(Number);
    asked.push(`${fileId} ${first}`);
    const bytes = (stored.get(fileId) ?? new Uint8Array(0)).slice(first, last + 1);
    return damage?.(fileId, first, bytes) ?? new Response(bytes, { status: 206 });
  });
});
afterEach(() => {
  damage = null;
  asked.length = 0;
});

const opened = async () => {
  const engine = createEngine(() => {});
  await engine.unlock(point, unlocking);
  const [home] = await engine.list(null);
  const rows = await engine.list(home?.id ?? -1);
  const idOf = (name: string) => rows.find((row) => row.name === name)?.id ?? -1;
  return { engine, home: home?.id ?? -1, rows, idOf };
};
const bytesOf = async (report: SaveReport) => Buffer.from((await report.blob?.arrayBuffer()) ?? new ArrayBuffer(0));

test("R57: a wrong password is told before a byte of the backup is asked for", async () => {
  const engine = createEngine(() => {});
  const tried = engine.unlock(point, { kind: "password", password: "another" });
  await expect(tried).rejects.toMatchObject({ kind: "unauthenticated", code: "seal.wrong_password" });
  const recovery = engine.unlock(point, { kind: "recovery", secret: "XXXX" });
  await expect(recovery).rejects.toMatchObject({ code: "seal.no_record" });
  expect(asked).toEqual([]);
});

test("the tree of an increment shows what it has, folders first, with sizes, and finds names whatever their case", async () => {
  const { engine, rows } = await opened();
  expect(rows.map(({ name, type, sizeBytes }) => [name, type, sizeBytes])).toEqual([
    ["empty", "directory", null],
    ["big", "file", big.length],
    ["c\ufffd", "file", 1],
    ["large", "file", large.length],
    ["link", "symlink", null],
    ["notes", "file", 13],
    ["Perché no.txt", "file", 23],
    ["pipe", "other", null],
    ["sparse", "file", 3_000_003],
  ]);
  const found = await engine.search("PERCHE");
  expect(found.rows.map(({ name, folder: place }) => `${place}/${name}`)).toEqual(["/home/Perché no.txt"]);
  expect(found.isWhole).toBe(true);
});

test("one file comes out as it is; a folder as a ZIP with links and holes, what no ZIP holds counted", async () => {
  const { engine, home, idOf } = await opened();
  const one = await engine.save([idOf("large")], { kind: "memory" });
  expect((await bytesOf(one)).equals(large)).toBe(true);
  const all = await engine.save([home], { kind: "memory" });
  expect(all).toMatchObject({ files: 6, lost: [], leftOut: 1 });
  const items = new Map(readZip(await bytesOf(all)).map((item) => [item.name, item]));
  expect([...items.keys()].sort()).toEqual(
    ["big", "c%E9", "empty/", "large", "link", "notes", "Perché no.txt", "sparse", ""]
      .map((name) => `home/${name}`)
      .sort(),
  );
  expect(items.get("home/big")?.bytes.equals(big)).toBe(true);
  expect(items.get("home/large")?.bytes.equals(large)).toBe(true);
  expect(items.get("home/sparse")?.bytes.subarray(2_999_990).toString()).toBe(`${"\0".repeat(10)}end`);
  expect(items.get("home/link")).toMatchObject({ mode: 0o120777 });
  expect(items.get("home/c%E9")?.bytes.toString()).toBe("x");
  const two = await engine.save([idOf("big"), idOf("empty")], { kind: "memory" });
  expect(readZip(await bytesOf(two)).map((item) => item.name)).toEqual(["big", "empty/"]);
});

test("a file's versions are told over all points that this one builds upon, and each of them is saved as it was", async () => {
  const { engine, idOf } = await opened();
  const [first, second] = ["2026-03-01T02:00:00.000Z", "2026-03-02T02:00:00.000Z"];
  const notes = await engine.versions(idOf("notes"));
  expect(notes).toMatchObject({ damaged: [], sinceAt: first });
  expect(notes.versions.map(({ at, points, row }) => [at, points, row?.sizeBytes])).toEqual([
    [second, 1, 13],
    [first, 1, 5],
  ]);
  const before = await engine.save([notes.versions[1]?.row?.id ?? -1], { kind: "memory" });
  expect((await bytesOf(before)).toString()).toBe("first");
  const large = await engine.versions(idOf("large"));
  expect(large.versions).toMatchObject([{ at: second, sinceAt: first, points: 2 }]);
  expect((await engine.versions(idOf("Perché no.txt"))).versions).toMatchObject([{ sinceAt: second, points: 1 }]);
  const now = await engine.save([idOf("notes")], { kind: "memory" });
  expect((await bytesOf(now)).toString()).toBe("in the second");
});

test("a preview is told by a file's content: its text, its beginning alone when it is long, its picture; anything else is none", async () => {
  const { engine, idOf } = await opened();
  const top = await engine.list(null);
  const looks = await engine.list(top.find((row) => row.name === "looks")?.id ?? -1);
  const preview = (name: string) => engine.preview(looks.find((row) => row.name === name)?.id ?? idOf(name));
  expect(await preview("notes")).toEqual({ kind: "text", text: "in the second", isWhole: true });
  expect(await preview("windows.txt")).toEqual({ kind: "text", text: "perché\r\n", isWhole: true });
  // The character across the limit is left out, and nothing stands for it.
  const beginning = `<svg>${"è".repeat(Math.floor((restoreLimits.previewTextBytesMax - 5) / 2))}`;
  expect(await preview("long.svg")).toEqual({ kind: "text", text: beginning, isWhole: false });
  const picture = await preview("no name tells it");
  const blob = picture.kind === "picture" ? picture.blob : new Blob();
  expect([blob.type, new Uint8Array(await blob.arrayBuffer())]).toEqual(["image/png", pictureHead]);
  for (const name of ["big", "sparse", "link", "pipe", "empty", "huge.png"])
    expect([name, await preview(name)]).toEqual([name, { kind: "none" }]);
  const again = await opened();
  damage = (_fileId, _first, bytes) => {
    for (let at = 0; at < bytes.length; at += 1000) bytes[at] = (bytes[at] ?? 0) ^ 1;
    return null;
  };
  await expect(again.engine.preview(again.idOf("large"))).rejects.toMatchObject({ kind: "corrupt" });
});

test("a preview and a list of versions end when the next look begins, and when they are told to", async () => {
  const { engine, idOf } = await opened();
  const ends = (look: Promise<unknown>) => expect(look).rejects.toMatchObject({ name: "AbortError" });
  const stops = () => ends(engine.preview(idOf("large")));
  const ended = [ends(engine.versions(idOf("large"))), stops()];
  expect(await engine.preview(idOf("notes"))).toMatchObject({ kind: "text", text: "in the second" });
  await Promise.all(ended);
  for (const look of [stops, () => ends(engine.versions(idOf("large")))]) {
    const second = look();
    await engine.endLook();
    await second;
  }
});

test("a flipped bit in a stored block names the files that it hits, gives the rest, and shows no half of them", async () => {
  const { engine, home, idOf } = await opened();
  damage = (fileId, first, bytes) => {
    // The last blocks of the full's data: `big` and what shares a block with it.
    if (fileId === uuid(1) && first > 0x101000 && bytes.length > 500_000 && first < 0x101000 + 8 * 1_052_672) {
      bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    }
    return null;
  };
  const report = await engine.save([home], { kind: "memory" });
  expect(report.lost).toContain("/home/large");
  expect(report.files).toBe(6 - report.lost.length);
  const names = readZip(await bytesOf(report)).map((item) => item.name);
  for (const path of report.lost) expect(names).not.toContain(path.slice(1));
  expect(names).toContain("home/Perché no.txt");
  await expect(engine.save([idOf("large")], { kind: "memory" })).rejects.toMatchObject({ kind: "corrupt" });
});

test("bytes that the vault itself knows to be damaged cost their files alone, and a line that breaks is gone on with", async () => {
  const { engine, home } = await opened();
  let broken = 0;
  damage = (fileId, first, bytes) => {
    if (fileId === uuid(1) && first > 0x101000 && first < 0x101000 + 2_000_000)
      return Response.json({ code: "vault.part_damaged" }, { status: 500 });
    if (bytes.length < 600_000 || broken > 3) return null;
    broken++;
    let sent = false;
    const half = new ReadableStream<Uint8Array>({
      pull(stream) {
        if (sent) return stream.error(new TypeError("the line broke"));
        sent = true;
        stream.enqueue(bytes.subarray(0, 400_000));
      },
    });
    return new Response(half, { status: 206 });
  };
  const report = await engine.save([home], { kind: "memory" });
  expect(report.lost).toEqual(["/home/big"]);
  expect(broken).toBeGreaterThan(0);
});

test("a file that is not the one listed, an exchanged file or another chain's is refused before anything is shown", async () => {
  const engine = createEngine(() => {});
  const [full, increment] = point.files;
  if (full === undefined || increment === undefined) throw new Error("two files");
  const swapped = [{ ...full, fileRoot: increment.fileRoot }, increment];
  await expect(engine.unlock({ ...point, files: swapped }, unlocking)).rejects.toMatchObject({ code: "restore.chain" });
  const gap = engine.unlock({ ...point, files: [increment] }, unlocking);
  await expect(gap).rejects.toMatchObject({ code: "vbk.chain_start" });
  const other = engine.unlock({ ...point, chainId: uuid(77) }, unlocking);
  await expect(other).rejects.toMatchObject({ code: "restore.chain" });
});

test("a locked point shows nothing more, and a save that is stopped saves nothing", async () => {
  const { engine, home } = await opened();
  const saving = engine.save([home], { kind: "memory" });
  await engine.cancel();
  await expect(saving).rejects.toMatchObject({ name: "AbortError" });
  await engine.lock();
  await expect(engine.list(null)).rejects.toMatchObject({ code: "restore.locked" });
});

test("a save that is stopped while the server says nothing ends there, and the keys are not held for it any longer", async () => {
  const { engine, home } = await opened();
  const { promise: isSilent, resolve } = Promise.withResolvers<void>();
  damage = () => {
    resolve();
    return new Response(new ReadableStream(), { status: 206 });
  };
  const saving = engine.save([home], { kind: "memory" });
  await isSilent;
  await engine.cancel();
  await expect(saving).rejects.toMatchObject({ name: "AbortError" });
  expect(engine.isSaving()).toBe(false);
  await engine.lock();
});
