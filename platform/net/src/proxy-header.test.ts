import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { utf8 } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import fc from "fast-check";
import { generate } from "selfsigned";
import { afterEach, describe, expect, test } from "vitest";
import { listenStream, netLimits, type StreamListener, type StreamListenerOptions } from "./index.ts";
import { parseProxyHeader } from "./proxy-header.ts";

/** A binary header of that command, family and content. */
function binary(command: number, family: number, content: readonly number[]): Buffer {
  const head = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  return Buffer.concat([head, Buffer.from([command, family, content.length >> 8, content.length & 255, ...content])]);
}
const four = [192, 0, 2, 7, 127, 0, 0, 1, 1, 2, 3, 4];
/** A client of IPv4 as a balancer of both families names it. */
const mapped = [...Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 7, ...Array(16).fill(0), 1, 2, 3, 4];
const six = [0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 9, ...Array(16).fill(0), 1, 2, 3, 4];

describe("a PROXY header", () => {
  test.each([
    ["PROXY TCP4 192.0.2.7 127.0.0.1 4000 143\r\n", "192.0.2.7"],
    ["PROXY TCP6 2001:db8::9 ::1 4000 143\r\n", "2001:db8::9"],
    ["PROXY TCP6 2001:0DB8:0::9 ::1 4000 143\r\n", "2001:db8::9"],
    ["PROXY TCP6 ::ffff:192.0.2.7 ::ffff:127.0.0.1 4000 143\r\n", "192.0.2.7"],
    ["PROXY TCP6 ::FFFF:C000:0207 ::1 4000 143\r\n", "192.0.2.7"],
    ["PROXY UNKNOWN\r\n", null],
    ["PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", null],
    [binary(0x21, 0x11, four), "192.0.2.7"],
    [binary(0x21, 0x21, six), "2001:db8::9"],
    [binary(0x21, 0x21, mapped), "192.0.2.7"],
    [binary(0x21, 0x11, [...four, 4, 0, 1, 0]), "192.0.2.7"],
    [binary(0x20, 0x11, four), null],
    [binary(0x21, 0x00, []), null],
  ])("%j names %s, in any pieces, and ends where it ends", (written, address) => {
    const header = Buffer.from(written);
    expect(parseProxyHeader(Buffer.concat([header, utf8("a LOGIN")]))).toEqual({
      kind: "read",
      address,
      sizeBytes: header.length,
    });
    for (let end = 0; end < header.length; end++)
      expect(parseProxyHeader(header.subarray(0, end)), String(end)).toEqual({ kind: "wait" });
  });

  test.each([
    "GET / HTTP/1.1\r\n",
    "PROXY TCP4 2001:db8::9 127.0.0.1 1 2\r\n",
    "PROXY TCP4 192.0.2.7 127.0.0.1 1 99999\r\n",
    "PROXY TCP4 192.0.2.7 127.0.0.1\r\n",
    `PROXY ${"x".repeat(200)}`,
    binary(0x11, 0x11, four),
    binary(0x21, 0x11, four.slice(4)),
    binary(0x21, 0x31, six),
    binary(0x21, 0x11, Array(netLimits.proxyHeaderBytesMax + 1).fill(0)),
  ])("%j is none", (written) => {
    expect(parseProxyHeader(Buffer.from(written))).toEqual({ kind: "broken" });
  });

  test("of any bytes is read, awaited or refused, and never longer than it may be", () => {
    const start = fc.constantFrom(
      utf8("PROXY "),
      utf8("PROXY TCP4 "),
      binary(0x21, 0x11, []).subarray(0, 14),
      utf8(""),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (prefix, rest) => {
        const bytes = Buffer.concat([prefix, rest]);
        const header = parseProxyHeader(bytes);
        if (header.kind === "read") expect(header.sizeBytes).toBeLessThanOrEqual(bytes.length);
        if (header.kind === "wait") expect(bytes.length).toBeLessThan(16 + netLimits.proxyHeaderBytesMax);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a listener behind a proxy", () => {
  const logger = new MemoryLogger();
  const sockets: Socket[] = [];
  let listener: StreamListener | undefined;
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener?.close(0);
  });
  /** Tells who is connected, then says what it hears. */
  const serve: StreamListenerOptions["serve"] = async (connection) => {
    connection.write(utf8(`${connection.remoteAddress}\n`));
    for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read()) connection.write(bytes);
  };
  async function listen(options: Partial<StreamListenerOptions> = {}): Promise<number> {
    const proxyHeaderFrom = ["127.0.0.1"];
    listener = await listenStream({
      name: "probe",
      host: "127.0.0.1",
      port: 0,
      logger,
      serve,
      proxyHeaderFrom,
      ...options,
    });
    return listener.port;
  }
  function dial(port: number, localAddress = "127.0.0.1"): Socket {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("error", () => {});
    sockets.push(socket);
    return socket;
  }
  const said = async (socket: Socket, length: number): Promise<string> => {
    let text = "";
    while (text.length < length) text += String((await once(socket, "data"))[0]);
    return text;
  };

  test("knows each client by its own address, and counts its connections", async () => {
    const port = await listen({ connectionsPerAddressMax: 1 });
    const first = dial(port);
    first.write("PROXY TCP4 192.0.2.7 127.0.0.1 4000 143\r\nhello");
    expect(await said(first, 15)).toBe("192.0.2.7\nhello");
    const second = dial(port);
    second.write(binary(0x21, 0x11, [192, 0, 2, 8, ...four.slice(4)]));
    expect(await said(second, 10)).toBe("192.0.2.8\n");
    for (const same of ["PROXY TCP4 192.0.2.7 127.0.0.1 4001 143\r\n", binary(0x21, 0x21, mapped)]) {
      const again = dial(port);
      again.write(same);
      await once(again, "close");
    }
    expect(logger.events.at(-1)).toMatchObject({ event: "net.too_many_connections" });
  });

  test("counts the addresses of one IPv6 network together", async () => {
    const port = await listen({ connectionsPerAddressMax: 1 });
    const first = dial(port);
    first.write("PROXY TCP6 2001:db8:0:1::9 ::1 4000 143\r\nhello");
    expect(await said(first, 21)).toBe("2001:db8:0:1::9\nhello");
    const beside = dial(port);
    beside.write("PROXY TCP6 2001:db8:0:1:ffff::a ::1 4001 143\r\nhello");
    await once(beside, "close");
    const elsewhere = dial(port);
    elsewhere.write("PROXY TCP6 2001:db8:0:2::9 ::1 4002 143\r\nhello");
    expect(await said(elsewhere, 21)).toBe("2001:db8:0:2::9\nhello");
  });

  test("carries TLS from the first byte behind the header", async () => {
    const pem = await generate([{ name: "commonName", value: "localhost" }]);
    const port = await listen({ certificate: { key: pem.private, cert: pem.cert }, implicitTls: true });
    const socket = dial(port);
    socket.write("PROXY TCP4 192.0.2.9 127.0.0.1 4000 993\r\n");
    const secured = connectTls({ socket, rejectUnauthorized: false });
    expect(await said(secured, 10)).toBe("192.0.2.9\n");
  });

  test("serves nobody who comes through it without a header", async () => {
    const port = await listen();
    const socket = dial(port);
    socket.write("a LOGIN bob secret\r\n");
    const heard: unknown[] = [];
    socket.on("data", (bytes) => heard.push(bytes));
    await once(socket, "close");
    expect(heard).toEqual([]);
    expect(logger.events.at(-1)).toMatchObject({ event: "net.no_proxy_header" });
  });

  test("believes no header of anybody else", async () => {
    const port = await listen();
    const socket = dial(port, "127.0.0.2");
    socket.write("PROXY TCP4 192.0.2.7 127.0.0.1 4000 143\r\n");
    expect(await said(socket, 51)).toBe("127.0.0.2\nPROXY TCP4 192.0.2.7 127.0.0.1 4000 143\r\n");
  });
});
