import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type SecureVersion } from "node:tls";
import { afterAll, beforeAll } from "vitest";
import { type Endpoints, type HostPort, Product } from "../support/product.ts";
import { BrowserSession } from "./browser-session.test-support.ts";
import { type RouteRule, routeTables } from "./route-table.test-support.ts";

export let product: Product;
export let endpoints: Endpoints;
export const sessions: Partial<Record<keyof typeof routeTables, BrowserSession>> = {};
/** Of the server before anything is sent, in bytes. */
export const memory = { atStart: 0 };
export const mebibyte = 1024 * 1024;

export const rssOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
export const nothing = "00000000-0000-7000-8000-000000000000";
export const bodyTables = Object.entries(routeTables) as [
  keyof typeof routeTables,
  Readonly<Record<string, RouteRule>>,
][];

beforeAll(async () => {
  product = await Product.prepare();
  endpoints = await product.start();
  const [mailbox] = endpoints.demo.mailAccounts;
  const people = {
    console: endpoints.demo.customer,
    operator: endpoints.demo.operator,
    webmail: { email: mailbox?.address ?? "", password: mailbox?.password ?? "" },
  };
  for (const face of ["console", "operator", "webmail"] as const) {
    const session = new BrowserSession(endpoints[face]);
    await session.signIn(people[face].email, people[face].password);
    sessions[face] = session;
  }
  memory.atStart = rssOf(product.pid);
});
afterAll(() => product?.dispose());

/** What would tell a stranger of our insides. */
export const insides =
  /\bat \S+ ?\(?(file:|node:|\/)|node_modules|\.ts:\d+|TypeError|RangeError|PostgresError|select .* from /;

interface Said {
  readonly status: number;
  readonly text: string;
}

export async function post(face: keyof typeof routeTables, route: string, json: string): Promise<Said> {
  const session = sessions[face];
  if (!session) throw new Error("nobody signed in");
  const [method = "", path = ""] = route.split(" ");
  const reply = await fetch(`${session.base}${path.replace(/:\w+/g, nothing)}`, {
    method,
    headers: {
      origin: session.base,
      "sec-fetch-site": "same-origin",
      "content-type": "application/json",
      cookie: [...session.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    },
    body: json,
  });
  return { status: reply.status, text: await reply.text() };
}

/** An answer is typed when it is a problem with a code of ours. A refusal is what a hostile body deserves. */
export function unfit(what: string, { status, text }: Said): string[] {
  const wrong: string[] = [];
  if (status < 400 || status >= 500) wrong.push(`${what}: ${status} ${text.slice(0, 200)}`);
  if (text.length > 20_000) wrong.push(`${what}: an answer of ${text.length} characters`);
  if (insides.test(text)) wrong.push(`${what}: tells of its insides: ${text.slice(0, 300)}`);
  // "error": as RFC 6749 §5.2 names the code of an OAuth answer.
  if (status >= 400 && !/"(code|type|error)":"[\w.:]+/.test(text))
    wrong.push(`${what}: not typed: ${text.slice(0, 200)}`);
  return wrong;
}

/** Every leaf of a body, each put in turn to something else. */
export function* variants(
  body: Record<string, unknown>,
  other: (value: unknown) => unknown,
): Generator<[string, unknown]> {
  for (const [field, value] of Object.entries(body)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [path, inner] of variants(value as Record<string, unknown>, other))
        yield [`${field}.${path}`, { ...body, [field]: inner }];
    } else {
      const changed = other(value);
      if (changed !== undefined) yield [field, { ...body, [field]: changed }];
    }
  }
}

export const letters = "a".repeat(100_000);
export const deep = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);
export const mistakes: Record<string, (value: unknown) => unknown> = {
  "100 kB of text": (value) => (typeof value === "string" ? letters : undefined),
  "100 kB of text that is hard to match": (value) =>
    typeof value === "string" ? `${"a@".repeat(25_000)}${" ".repeat(50_000)}!` : undefined,
  "100 kB of combining marks": (value) => (typeof value === "string" ? `e${"\u0301".repeat(50_000)}` : undefined),
  "an array": (value) => (Array.isArray(value) ? undefined : [value]),
  "an object": (value) => ({ $ne: value }),
  "a number beyond all": (value) => (typeof value === "boolean" ? undefined : 1e308),
  "a negative number": (value) => (typeof value === "number" ? -1 : undefined),
  "an array of thousands": () => Array.from({ length: 20_000 }, () => "x"),
};

interface Wire {
  readonly received: string;
  readonly sentBytes: number;
  readonly isClosed: boolean;
}

/** Sends until all is said or the other side ends it, then listens for a moment. */
export async function shout(
  { host, port }: HostPort,
  pieces: Iterable<string | Buffer>,
  listenMs = 1_500,
): Promise<Wire> {
  const socket = connectPlain({ host, port });
  let received = "";
  let sentBytes = 0;
  let isClosed = false;
  const closed = Promise.withResolvers<void>();
  socket.on("data", (chunk) => {
    if (received.length < 4 * mebibyte) received += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    closed.resolve();
  });
  await new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.once("close", resolve);
  });
  for (const piece of pieces) {
    if (isClosed) break;
    sentBytes += piece.length;
    if (!socket.write(piece)) await Promise.race([drained(socket), closed.promise]);
  }
  await Promise.race([closed.promise, new Promise((resolve) => setTimeout(resolve, listenMs))]);
  socket.destroy();
  return { received, sentBytes, isClosed };
}

const drained = (socket: Socket) => new Promise<void>((resolve) => socket.once("drain", () => resolve()));

export function* repeat(piece: string | Buffer, times: number): Generator<string | Buffer> {
  for (let n = 0; n < times; n++) yield piece;
}

export const noise = randomBytes(64 * 1024);
export const longPiece = "a".repeat(64 * 1024);

/** The protocol that a client of at most this version gets, or null. */
export function tlsVersion({ host, port }: HostPort, maxVersion: SecureVersion): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host,
      port,
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      maxVersion,
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.once("error", () => resolve(null));
    socket.once("close", () => resolve(null));
  });
}
