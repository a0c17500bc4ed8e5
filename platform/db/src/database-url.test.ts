import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool, parseDatabaseUrl, withRole } from "./index.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-url-"));
});
afterAll(() => rm(directory, { recursive: true }));

test("the socket form and the TCP form are read alike, and roles are exchanged in both", () => {
  const socket = "postgres://postgres:s%40e@/postgres?host=/run/postgresql";
  expect(parseDatabaseUrl(socket)).toMatchObject({ at: { path: "/run/postgresql/.s.PGSQL.5432" }, password: "s@e" });
  expect(parseDatabaseUrl(withRole(socket, "cf_app", "p/w@1", "casa"))).toMatchObject({
    at: { path: "/run/postgresql/.s.PGSQL.5432" },
    user: "cf_app",
    password: "p/w@1",
    database: "casa",
    tls: null,
  });
  const tcp = "postgresql://admin:x@[::1]:6432?sslmode=require";
  expect(parseDatabaseUrl(withRole(tcp, "cf_ops", "y", "casa"))).toMatchObject({
    at: { host: "::1", port: 6432 },
    user: "cf_ops",
    database: "casa",
    tls: { host: "::1", rejectUnauthorized: true },
  });
  expect(() => parseDatabaseUrl("mysql://x/y")).toThrow("looks like postgres://");
  expect(() => parseDatabaseUrl("postgres://a:b@h/x?sslmode=verify-full&sslrootcert=/none")).toThrow("/none");
});

/** Answers PostgreSQL's SSLRequest, shows its certificate, and tells what came through. */
async function secureServer(names: readonly string[]) {
  const pem = await generate([{ name: "commonName", value: "db" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  const startup = Promise.withResolvers<Buffer>();
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("S");
      const secured = new TLSSocket(socket, { isServer: true, key: pem.private, cert: pem.cert });
      secured.on("error", () => {});
      secured.once("data", (bytes) => {
        startup.resolve(bytes);
        const fields = Buffer.from("SFATAL\0C28P01\0Mwrong password\0\0");
        const head = Buffer.from("E\0\0\0\0");
        head.writeUInt32BE(fields.length + 4, 1);
        secured.end(Buffer.concat([head, fields]));
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const ca = join(directory, `${names[0]}.pem`);
  await writeFile(ca, pem.cert);
  return { port: (server.address() as AddressInfo).port, ca, startup: startup.promise, close: () => server.close() };
}

async function connectError(url: string): Promise<string> {
  const pool = openPool(url, 1);
  try {
    await pool`select 1`;
    return "";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await pool.end({ timeout: 1 });
  }
}

test("verify-full speaks only to a server whose certificate the named authority signed for that name", async () => {
  const server = await secureServer(["localhost"]);
  const stranger = await secureServer(["elsewhere.example"]);
  try {
    const url = (port: number, ca: string) =>
      `postgres://cf_app:secret@localhost:${port}/casa?sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`;
    expect(await connectError(url(server.port, stranger.ca))).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(await connectError(url(stranger.port, stranger.ca))).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    expect(await connectError(url(server.port, server.ca))).toBe("28P01");
    expect((await server.startup).toString()).toContain("cf_app");
  } finally {
    server.close();
    stranger.close();
  }
});
