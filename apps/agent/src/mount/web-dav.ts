import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Failure } from "@casaforte/kernel";
import { isDamage } from "../tree/write-tree.ts";
import { byteRangeOf } from "./byte-range.ts";
import { fileTag } from "./file-tag.ts";
import { listingEnd, listingLine, listingStart } from "./listing.ts";
import { httpDate, multistatusEnd, multistatusStart, responseOf } from "./multistatus.ts";
import { last, namesOf, type PointFiles, type PointNode, type PointPath } from "./point-files.ts";

const allowed = "OPTIONS, GET, HEAD, PROPFIND";

export interface WebDavOptions {
  readonly files: PointFiles;
  /** First name of every path: who does not know it learns nothing. */
  readonly secret: string;
  /** `Host` headers that are answered: another site's page cannot reach this by a name of its own (DNS rebinding). */
  readonly hosts: ReadonlySet<string>;
  /** Told what went wrong with a path. */
  readonly onTrouble: (path: Buffer, error: unknown) => void;
}

/** A point as a read-only WebDAV collection, class 1 (RFC 4918), and as pages for a browser. */
export async function answerWebDav(
  options: WebDavOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of fixedHeaders) response.setHeader(name, value);
  if (!options.hosts.has(request.headers.host ?? "")) return say(response, 421, "This is not the name of this place.");
  const [encoded = ""] = (request.url ?? "").split("?", 1);
  const [, secret = Buffer.alloc(0), ...names] = namesOf(decodePath(encoded));
  if (!isSame(secret, Buffer.from(options.secret))) return say(response, 404, "There is nothing here.");
  const { method } = request;
  if (method === "OPTIONS")
    return void response.writeHead(200, { allow: allowed, dav: "1", "content-length": 0 }).end();
  if (method !== "GET" && method !== "HEAD" && method !== "PROPFIND") {
    response.setHeader("allow", allowed);
    return say(response, 405, "A restore point can only be read.");
  }
  const path = Buffer.from(`/${names.map((name) => name.toString("latin1")).join("/")}`, "latin1");
  try {
    const found = await options.files.find(names);
    if (found === null) return say(response, 404, "The restore point has nothing at that path.");
    const at: Place = { ...options, request, response, path, found, href: hrefOf(options.secret, names, last(found)) };
    if (method === "PROPFIND") await propfind(at);
    else if (last(found).kind === "directory") await listing(at);
    else await file(at);
  } catch (error) {
    trouble(options, path, error, response);
  }
}

interface Place extends WebDavOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it was on the device. */
  readonly path: Buffer;
  readonly found: PointPath;
  /** Encoded, with a slash at the end of a directory's. */
  readonly href: string;
}

const fixedHeaders: readonly (readonly [string, string])[] = [
  ["content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cache-control", "no-store"],
];

async function propfind({ files, request, response, path, found, href, onTrouble }: Place): Promise<void> {
  const { depth } = request.headers;
  if (depth !== "0" && depth !== "1") {
    const condition = `<?xml version="1.0"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n`;
    return void response.writeHead(403, { "content-type": "application/xml" }).end(condition);
  }
  const node = last(found);
  const lists = depth === "1" && node.kind === "directory";
  await stream(response, { status: 207, type: 'application/xml; charset="utf-8"' }, async function* () {
    yield multistatusStart + responseOf(href, node);
    if (lists)
      for await (const child of files.list(found, inside(path, onTrouble)))
        yield responseOf(href + nameIn(child), child);
    yield multistatusEnd;
  });
}

async function listing({ files, request, response, path, found, href, onTrouble }: Place): Promise<void> {
  const [bare = ""] = (request.url ?? "").split("?", 1);
  if (!bare.endsWith("/")) return void response.writeHead(301, { location: href }).end();
  if (request.method === "HEAD") return void response.writeHead(200, { "content-type": htmlType }).end();
  await stream(response, { status: 200, type: htmlType }, async function* () {
    yield listingStart(found);
    for await (const child of files.list(found, inside(path, onTrouble))) yield listingLine(nameIn(child), child);
    yield listingEnd;
  });
}

const inside = (path: Buffer, onTrouble: WebDavOptions["onTrouble"]) => (name: Buffer, error: unknown) =>
  onTrouble(Buffer.concat([path, Buffer.from("/"), name]), error);

const htmlType = "text/html; charset=utf-8";

async function file({ files, request, response, found }: Place): Promise<void> {
  const { content, modifiedNs } = last(found);
  const tag = fileTag(content);
  // What was backed up is data: no page of it may do anything here.
  response.setHeader("content-security-policy", "sandbox; default-src 'none'");
  response.setHeader("etag", tag);
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("last-modified", httpDate(modifiedNs));
  const { "if-none-match": known, "if-range": unless, range } = request.headers;
  if (known?.split(",").some((each) => each.trim() === tag || each.trim() === "*") === true) {
    return void response.writeHead(304).end();
  }
  const wanted = request.method === "GET" && (unless === undefined || unless === tag) ? range : undefined;
  const part = byteRangeOf(wanted, content.sizeBytes);
  if (part.kind === "unsatisfiable") {
    response.setHeader("content-range", `bytes */${content.sizeBytes}`);
    return say(response, 416, "The file is not that long.");
  }
  const [from, length] = part.kind === "part" ? [part.fromBytes, part.lengthBytes] : [0, content.sizeBytes];
  if (part.kind === "part") {
    response.setHeader("content-range", `bytes ${from}-${from + length - 1}/${content.sizeBytes}`);
  }
  const head = { status: part.kind === "part" ? 206 : 200, type: "application/octet-stream", lengthBytes: length };
  if (request.method === "HEAD") {
    return void response.writeHead(head.status, { "content-type": head.type, "content-length": length }).end();
  }
  await stream(response, head, () => files.read(content, from, length));
}

interface Head {
  readonly status: number;
  readonly type: string;
  readonly lengthBytes?: number;
}

/** The head goes out with the first piece, so that damage at the start still is an answer. Later it is a broken line. */
async function stream(
  response: ServerResponse,
  { status, type, lengthBytes }: Head,
  make: () => AsyncGenerator<string | Buffer>,
): Promise<void> {
  const pieces = make();
  const first = await pieces.next();
  response.writeHead(status, {
    "content-type": type,
    ...(lengthBytes === undefined ? {} : { "content-length": lengthBytes }),
  });
  await pipeline(
    Readable.from(
      (async function* () {
        if (first.done !== true) yield first.value;
        yield* pieces;
      })(),
      { objectMode: true, highWaterMark: 1 },
    ),
    response,
  );
}

function trouble(options: WebDavOptions, path: Buffer, error: unknown, response: ServerResponse): void {
  // Who asked went away.
  if (response.destroyed && !(error instanceof Failure)) return;
  options.onTrouble(path, error);
  if (response.headersSent) response.destroy();
  else if (isDamage(error)) say(response, 500, "This is damaged in the vault: verify tells what else is.");
  else if (error instanceof Failure) say(response, 503, error.message);
  else say(response, 500, "The program that reads the restore point has a fault.");
}

function say(response: ServerResponse, status: number, text: string): void {
  for (const name of ["etag", "last-modified", "accept-ranges", ...(status === 416 ? [] : ["content-range"])])
    response.removeHeader(name);
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}

/** Bytes of a path: names need not be UTF-8. What is no escape stands for itself. */
function decodePath(encoded: string): Buffer {
  const text = encoded.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, "latin1");
}

/** Everything but RFC 3986's unreserved characters as its escape, byte by byte. */
const encodeName = (name: Buffer): string =>
  name.toString("latin1").replace(/[^A-Za-z0-9._~-]/g, (byte) => {
    const hex = byte.charCodeAt(0).toString(16).toUpperCase();
    return `%${hex.padStart(2, "0")}`;
  });

const nameIn = (node: PointNode): string => encodeName(node.name) + (node.kind === "directory" ? "/" : "");

function hrefOf(secret: string, names: readonly Buffer[], { kind }: PointNode): string {
  const clean = names.filter(({ length }) => length > 0).map(encodeName);
  const href = ["", secret, ...clean].join("/");
  return kind === "directory" ? `${href}/` : href;
}

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
