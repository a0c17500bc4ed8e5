import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { fromUtf8, utf8 } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import { generate } from "selfsigned";
import { afterEach, beforeAll, expect, test } from "vitest";
import { listenStream, netLimits, type StreamListener, type StreamListenerOptions } from "./index.ts";

const logger = new MemoryLogger();
let certificate: { key: string; cert: string };
let listener: StreamListener | undefined;
beforeAll(async () => {
  const pem = await generate([{ name: "commonName", value: "localhost" }]);
  certificate = { key: pem.private, cert: pem.cert };
});
afterEach(() => listener?.close(0));

const listen = async (options: Partial<StreamListenerOptions>) => {
  listener = await listenStream({
    name: "probe",
    host: "127.0.0.1",
    port: 0,
    logger,
    serve: async () => {},
    ...options,
  });
  return listener.port;
};

const echo: StreamListenerOptions["serve"] = async (connection) => {
  for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read()) {
    if (fromUtf8(bytes).startsWith("STARTTLS") && connection.startTls) {
      connection.write(utf8("go\n"));
      await connection.startTls();
    } else connection.write(bytes);
  }
};

test("a taken port is told by name and number, with what to do", async () => {
  const port = await listen({ serve: echo });
  await expect(listenStream({ name: "imap", host: "127.0.0.1", port, logger, serve: echo })).rejects.toMatchObject({
    code: "net.port_taken",
    message: expect.stringContaining(`port ${port} for imap`),
  });
});

test("bytes sent in clear behind STARTTLS are thrown away, not read as if they were protected", async () => {
  const port = await listen({ serve: echo, certificate });
  const socket = connect(port, "127.0.0.1");
  socket.write("STARTTLS\ninjected\n");
  const [reply] = await once(socket, "data");
  expect(String(reply)).toBe("go\n");
  const secured = connectTls({ socket, rejectUnauthorized: false });
  secured.on("error", () => {});
  secured.write("clean\n");
  const [answer] = await Promise.race([once(secured, "data"), once(secured, "close").then(() => ["closed"])]);
  expect(String(answer)).not.toContain("injected");
  secured.destroy();
});

test("STARTTLS and implicit TLS both carry a session", async () => {
  const plain = await listen({ serve: echo, certificate });
  const socket = connect(plain, "127.0.0.1");
  socket.write("STARTTLS\n");
  await once(socket, "data");
  const secured = connectTls({ socket, rejectUnauthorized: false });
  secured.write("hello");
  expect(String((await once(secured, "data"))[0])).toBe("hello");
  secured.destroy();
  await listener?.close(0);
  const port = await listen({ serve: echo, certificate, implicitTls: true });
  const direct = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  direct.write("hello");
  expect(String((await once(direct, "data"))[0])).toBe("hello");
  direct.destroy();
});

test("a reader that does not pull stops the sender", async () => {
  const holding = Promise.withResolvers<void>();
  const port = await listen({ serve: () => holding.promise });
  const socket = connect(port, "127.0.0.1");
  let accepted = 0;
  const piece = Buffer.alloc(64 * 1024);
  while (accepted < 64 * 1024 * 1024) {
    accepted += piece.length;
    if (!socket.write(piece) && socket.writableLength > 8 * 1024 * 1024) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(accepted).toBeLessThan(64 * 1024 * 1024);
  socket.destroy();
  holding.resolve();
});

test("too many connections from one address are cut, others stay", async () => {
  const port = await listen({ serve: echo, connectionsPerAddressMax: 2 });
  const sockets = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of sockets) {
    socket.write("x");
    await once(socket, "data");
  }
  const third = connect(port, "127.0.0.1");
  third.on("error", () => {});
  await once(third, "close");
  sockets[0]?.write("still");
  expect(String((await once(sockets[0] as (typeof sockets)[0], "data"))[0])).toBe("still");
  for (const socket of sockets) socket.destroy();
});

test("a drain asks sessions to end and cuts those that do not", async () => {
  let asked = false;
  const port = await listen({
    serve: async (connection, signal) => {
      signal.addEventListener("abort", () => {
        asked = true;
      });
      while ((await connection.read()) !== null);
    },
  });
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write("x");
  await new Promise((resolve) => setImmediate(resolve));
  const cut = once(socket, "close");
  await listener?.close(50);
  await cut;
  expect(asked).toBe(true);
  expect(netLimits.drainGraceMs).toBeGreaterThan(0);
});

/** Says when a session that waits for a client who reads nothing, and closes, is let go. */
async function holdByUnread(options: Partial<StreamListenerOptions>) {
  const ended = Promise.withResolvers<string>();
  const port = await listen({
    ...options,
    serve: async (connection) => {
      const piece = new Uint8Array(netLimits.writeQueueBytes);
      // More than the kernel takes for him.
      while (connection.write(piece)) await new Promise((turn) => setImmediate(turn));
      for (let more = 0; more < 40; more++) connection.write(piece);
      const drained = connection.drained().then(() => ended.resolve("let go"));
      connection.close();
      await drained;
    },
  });
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  return { socket, ended: ended.promise };
}

test("whoever does not read holds nobody: a session that is closed waits for him no longer", async () => {
  // For his last words he has two minutes, which are not over.
  const { socket, ended } = await holdByUnread({});
  expect(await Promise.race([ended, once(socket, "close").then(() => "cut off")])).toBe("let go");
  expect(socket.destroyed).toBe(false);
  socket.destroy();
}, 30_000);

test("whoever does not take the last words in their time is cut off", async () => {
  const { socket, ended } = await holdByUnread({ lastWordsMs: 50 });
  expect(await ended).toBe("let go");
  // Of those 41 MiB only what lay in the kernel comes: the rest was cut off, and the end is no orderly one.
  let bytes = 0;
  socket.on("data", (piece) => (bytes += piece.length)).resume();
  await once(socket, "close");
  expect(bytes).toBeLessThan(40 * netLimits.writeQueueBytes);
});
