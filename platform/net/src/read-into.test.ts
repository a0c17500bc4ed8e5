import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { SeededRandom } from "@casaforte/testkit";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { readInto } from "./read-into.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Reads all that comes over one accepted connection through a small room, with a pause after every fifth read. */
async function received(accepted: Socket): Promise<{ bytes: Buffer; reads: number; buffers: number }> {
  const pieces: Buffer[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const room = Buffer.alloc(50_000);
  let reads = 0;
  const data: unknown[] = [];
  accepted.on("data", (piece) => data.push(piece));
  const reader = {
    room: () => room.subarray(reads % 7),
    took: (count: number) => {
      const from = reads++ % 7;
      pieces.push(Buffer.from(room.subarray(from, from + count)));
      buffers.add(room.buffer);
      if (reads % 5 !== 0) return true;
      setImmediate(() => accepted.resume());
      return false;
    },
  };
  accepted.pause();
  expect(readInto(accepted, reader)).toBe(true);
  accepted.resume();
  await once(accepted, "end");
  expect(data).toEqual([]);
  return { bytes: Buffer.concat(pieces), reads, buffers: buffers.size };
}

test.each(["tcp", "tls"] as const)(
  "an accepted connection over %s is read into the caller's memory, whole and in order",
  async (kind) => {
    const sent = new SeededRandom(5).bytes(3_000_001);
    const certificate = await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048 });
    const tls = { key: certificate.private, cert: certificate.cert };
    const server = kind === "tcp" ? createServer({ pauseOnConnect: true }) : createTlsServer(tls);
    const port = await listening(server);
    const arrival = once(server, kind === "tcp" ? "connection" : "secureConnection") as Promise<[Socket]>;
    const client =
      kind === "tcp"
        ? connect(port, "127.0.0.1")
        : connectTls({
            port,
            host: "127.0.0.1",
            ca: certificate.cert,
            servername: "localhost",
            checkServerIdentity: () => undefined,
          });
    await once(client, kind === "tcp" ? "connect" : "secureConnect");
    const [accepted] = await arrival;
    const whole = received(accepted);
    client.end(sent);
    const { bytes, reads, buffers } = await whole;
    expect(digest(bytes)).toBe(digest(sent));
    expect(reads).toBeGreaterThan(50);
    expect(buffers).toBe(1);
    client.destroy();
    accepted.destroy();
    server.close();
    await once(server, "close");
  },
);

test("a connection of which something was read already, or that is none, is left as it is", async () => {
  const server = createServer();
  const port = await listening(server);
  const arrival = once(server, "connection") as Promise<[Socket]>;
  const client = connect(port, "127.0.0.1");
  const [accepted] = await arrival;
  client.write("early");
  await once(accepted, "readable");
  const reader = { room: () => Buffer.alloc(10), took: () => true };
  expect(readInto(accepted, reader)).toBe(false);
  expect(String(accepted.read())).toBe("early");
  client.write("later");
  await once(accepted, "readable");
  expect(String(accepted.read())).toBe("later");
  accepted.destroy();
  client.destroy();
  server.close();
  await once(server, "close");
});
