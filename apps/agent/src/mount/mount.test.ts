import { spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { blockSizeBytes, type Content, type Entry, emptyContent, openArena } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chunkHash } from "../chain/chunk-hash.ts";
import { mountCachedEntriesMax } from "../limits.ts";
import { noise } from "../testing/nasty-tree.ts";
import { saveTree } from "../testing/saved-tree.ts";
import { shownPath } from "../tree/note.ts";
import { byteRangeOf } from "./byte-range.ts";
import { NameLookup } from "./name-lookup.ts";
import { PointFiles, type PointReader } from "./point-files.ts";
import { answerWebDav } from "./web-dav.ts";

let top = "";
let tree = "";
let server: Server | undefined;
const troubles: string[] = [];
const secret = "geheim";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "mount-"));
  tree = join(top, "tree");
  mkdirSync(tree);
  troubles.length = 0;
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(top, { recursive: true, force: true });
});

/** Serves a point. Returns the address of the saved tree. */
async function serve(reader: PointReader): Promise<string> {
  const hosts = new Set<string>();
  const onTrouble = (path: Buffer) => troubles.push(shownPath(path));
  const files = new PointFiles(reader);
  const listening = createServer(
    (request, response) => void answerWebDav({ files, secret, hosts, onTrouble }, request, response),
  );
  server = listening;
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  const host = `127.0.0.1:${(listening.address() as AddressInfo).port}`;
  hosts.add(host);
  return `http://${host}/${secret}${tree}`;
}

async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, HOME: top } });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString("latin1")));
  child.stderr.on("data", (bytes: Buffer) => (output += bytes.toString("latin1")));
  child.stdin.end(input);
  await new Promise((done) => child.on("close", done));
  return Buffer.from(output, "latin1").toString("utf8");
}

const propfind = (url: string, depth: string) => fetch(url, { method: "PROPFIND", headers: { depth } });

describe("a point as a drive", () => {
  test("cadaver lists it and fetches files and links to them; what it would write is refused", async () => {
    mkdirSync(join(tree, "conti & co", "più"), { recursive: true });
    writeFileSync(join(tree, "conti & co", "più", "<bilancio>.bin"), noise(1, 3_000_000));
    writeFileSync(join(tree, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(tree, "empty"), "");
    symlinkSync("../tree/conti & co/./più/<bilancio>.bin", join(tree, "link"));
    symlinkSync("conti & co", join(tree, "into"));
    symlinkSync("/etc/hostname", join(tree, "outside"));
    symlinkSync("loop", join(tree, "loop"));
    const url = await serve((await saveTree([tree])).reader);
    const at = (name: string) => join(top, name);
    const said = await run(
      "cadaver",
      [`${url}/`],
      [
        "ls",
        `get link ${at("link")}`,
        `get empty ${at("empty")}`,
        `put ${at("link")} new`,
        "delete empty",
        "cd into/più",
        "ls",
        `get <bilancio>.bin ${at("bin")}`,
        "quit",
      ].join("\n"),
    );
    expect(said).toMatch(/Coll:\s+conti & co/);
    expect(said).toMatch(/\*run\.sh\s+10 /);
    expect(said).toMatch(/link\s+3000000 /);
    expect(said).toMatch(/<bilancio>\.bin\s+3000000 /);
    expect(said).not.toMatch(/^\s+(into|outside|loop)\s/m);
    expect(said.match(/405 Method Not Allowed/g)).toHaveLength(2);
    for (const name of ["link", "bin"]) expect(readFileSync(at(name)).equals(noise(1, 3_000_000))).toBe(true);
    expect(readFileSync(at("empty"))).toHaveLength(0);
    expect(troubles).toEqual([]);
  });

  test("ranges read at once by many are the file's bytes, though a block's memory is taken by the next", async () => {
    const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
    const random = new SeededRandom(seed);
    const file = Buffer.concat([noise(2, 5_000_000), Buffer.alloc(3_000_000), noise(3, 1_234_567)]);
    writeFileSync(join(tree, "disk"), file);
    const { blocks } = await saveTree([tree]);
    const room = new Uint8Array(blockSizeBytes);
    const reader = await openArena(async (index) => {
      room.set(blocks.get(index) ?? new Uint8Array(blockSizeBytes));
      // Whoever else reads meanwhile has the room.
      await new Promise(setImmediate);
      return room;
    }, chunkHash);
    const url = `${await serve(reader)}/disk`;
    const asked = Array.from({ length: 40 }, () => {
      const from = random.next() % file.length;
      return { from, until: Math.min(file.length, from + 1 + (random.next() % 700_000)) };
    });
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    await Promise.all(
      asked.map(async ({ from, until }) => {
        const answer = await fetch(url, { headers: { range: `bytes=${from}-${until - 1}` } });
        expect([answer.status, answer.headers.get("content-range")]).toEqual([
          206,
          `bytes ${from}-${until - 1}/${file.length}`,
        ]);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        expect(digest(bytes), `seed ${seed}, ${from} to ${until}`).toBe(digest(file.subarray(from, until)));
      }),
    );
    expect(digest(new Uint8Array(await (await fetch(url)).arrayBuffer()))).toBe(digest(file));
    expect(troubles).toEqual([]);
  });

  test("damage costs the files in the damaged block, by name", async () => {
    writeFileSync(join(tree, "a"), noise(4, 900_000));
    writeFileSync(join(tree, "big"), noise(5, 9_000_000));
    writeFileSync(join(tree, "z"), noise(6, 900_000));
    const { blocks, reader: whole } = await saveTree([tree]);
    const first = await new PointFiles(whole).find(`${tree}/a`.split("/").map((name) => Buffer.from(name)));
    const extent = first?.at(-1)?.content.extents[0];
    if (extent?.kind !== "chunk") throw new Error("no data");
    blocks.delete(Math.floor(extent.ref.address / blockSizeBytes));
    const reader = await openArena(async (index) => blocks.get(index) ?? new Uint8Array(blockSizeBytes), chunkHash);
    const url = await serve(reader);
    expect((await fetch(`${url}/a`)).status).toBe(500);
    expect(Buffer.from(await (await fetch(`${url}/z`)).arrayBuffer()).equals(noise(6, 900_000))).toBe(true);
    expect(troubles).toEqual([join(tree, "a")]);
  });

  test("a link whose target cannot be looked at for damage is left out by name, and its directory is listed", async () => {
    mkdirSync(join(tree, "broken"));
    writeFileSync(join(tree, "broken", "target"), "1");
    writeFileSync(join(tree, "whole"), "2");
    symlinkSync("broken/target", join(tree, "link"));
    const { reader } = await saveTree([tree]);
    const at = (path: string) => path.split("/").map((name) => Buffer.from(name));
    const broken = (await new PointFiles(reader).find(at(`${tree}/broken`)))?.at(-1)?.content;
    const url = await serve({
      superblock: reader.superblock,
      extents: (content, from) => reader.extents(content, from),
      chunk: (ref) => reader.chunk(ref),
      pages: (content, from) => {
        if (isDeepStrictEqual(content, broken)) throw new Failure("corrupt", "arena.corrupt", "damaged");
        return reader.pages(content, from);
      },
    });
    const list = await propfind(url, "1");
    expect([list.status, (await list.text()).match(/<D:displayname>(broken|link|whole)</g)]).toEqual([
      207,
      ["<D:displayname>broken<", "<D:displayname>whole<"],
    ]);
    expect(troubles).toEqual([join(tree, "link")]);
  });

  test("only who knows the address gets in, by no other name, and only to read", async () => {
    writeFileSync(join(tree, "a"), "A");
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/odd`), Buffer.of(0xff)]), "odd");
    const url = await serve((await saveTree([tree])).reader);
    const { origin, host } = new URL(url);
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/geheiM${tree}/a`)).status).toBe(404);
    const status = ["-s", "-o", "/dev/null", "-w", "%{http_code}"];
    expect(await run("curl", [...status, "-H", "Host: evil.example", `${url}/a`])).toBe("421");
    expect(await run("curl", [...status, "-H", `Host: ${host}`, `${url}/a`])).toBe("200");
    for (const method of ["PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK", "POST"]) {
      const answer = await fetch(`${url}/a`, { method });
      expect([answer.status, answer.headers.get("allow")], method).toEqual([405, "OPTIONS, GET, HEAD, PROPFIND"]);
    }
    expect((await fetch(url, { method: "OPTIONS" })).headers.get("dav")).toBe("1");
    const without = await fetch(url, { method: "PROPFIND" });
    expect([without.status, await without.text()]).toEqual([403, expect.stringContaining("propfind-finite-depth")]);
    const list = await propfind(url, "1");
    expect(list.status).toBe(207);
    expect(await list.text()).toContain(`${new URL(url).pathname}/odd%FF<`);
    expect(await (await fetch(`${url}/odd%FF`)).text()).toBe("odd");
    const page = await fetch(url);
    expect([page.url, page.headers.get("content-type")]).toEqual([`${url}/`, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain('<a href="./a">a</a>');
  });

  test("a file that is known is not sent again, and a part of another file is not taken for one of this", async () => {
    writeFileSync(join(tree, "a"), "0123456789");
    const url = `${await serve((await saveTree([tree])).reader)}/a`;
    const tag = (await fetch(url, { method: "HEAD" })).headers.get("etag") ?? "";
    expect((await fetch(url, { headers: { "if-none-match": tag } })).status).toBe(304);
    const head = await fetch(url, { method: "HEAD", headers: { range: "bytes=8-" } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "10"]);
    const part = (unless: string) => fetch(url, { headers: { range: "bytes=8-", "if-range": unless } });
    expect(await (await part(tag)).text()).toBe("89");
    expect(await (await part('"other"')).text()).toBe("0123456789");
    const beyond = await fetch(url, { headers: { range: "bytes=10-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  });
});

test("a name of a directory too large to be kept costs one page, and the directory is read whole once", async () => {
  const perPage = 500;
  const count = mountCachedEntriesMax * 2;
  const nameOf = (n: number) => Buffer.from(String(n).padStart(7, "0"));
  let read = 0;
  async function* pages(_directory: Content, fromBytes: number) {
    for (let first = fromBytes / 10; first < count; first += perPage) {
      read++;
      yield Array.from({ length: perPage }, (_, n) => ({
        entry: { name: nameOf(first + n) } as unknown as Entry,
        bytes: Buffer.alloc(10),
      }));
    }
  }
  const names = new NameLookup(pages);
  const found = async (name: Buffer) => (await names.find(emptyContent, name))?.name.toString();
  expect(await found(nameOf(0))).toBe("0000000");
  expect(read).toBe(count / perPage + 1);
  expect(await found(nameOf(count - 1))).toBe(nameOf(count - 1).toString());
  expect(await found(Buffer.from("0000010x"))).toBeUndefined();
  expect(await found(Buffer.from("!"))).toBeUndefined();
  expect(read).toBe(count / perPage + 3);
});

test.each([
  ["bytes=0-0", { kind: "part", fromBytes: 0, lengthBytes: 1 }],
  ["bytes=3-100", { kind: "part", fromBytes: 3, lengthBytes: 7 }],
  ["bytes=-4", { kind: "part", fromBytes: 6, lengthBytes: 4 }],
  ["bytes=-40", { kind: "part", fromBytes: 0, lengthBytes: 10 }],
  ["bytes=-0", { kind: "unsatisfiable" }],
  ["bytes=5-4", { kind: "whole" }],
  ["bytes=0-1,3-4", { kind: "whole" }],
  ["bytes=-", { kind: "whole" }],
  ["lines=1-2", { kind: "whole" }],
] as const)("%s of ten bytes", (header, expected) => {
  expect(byteRangeOf(header, 10)).toEqual(expected);
});
