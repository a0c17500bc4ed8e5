import { once } from "node:events";
import { connect } from "node:net";
import { TLSSocket } from "node:tls";
import { MemoryLogger } from "@casaforte/testkit";
import { expect, test, vi } from "vitest";
import { serveSmtp } from "./index.ts";
import { memorySmtp } from "./memory/index.ts";
import { selfSigned } from "./test-certificate.ts";

// Asking a TLS socket whose session is gone for its protocol dereferences null inside Node: the whole process ended.
test("a handshake that breaks off asks nothing of the TLS socket that went with it", async () => {
  const asked = vi.spyOn(TLSSocket.prototype, "getProtocol");
  const logger = new MemoryLogger();
  const { backend } = memorySmtp({ passwords: {} });
  const never = { nowMs: () => 0, sleep: () => new Promise<void>(() => {}) };
  const shared = { backend, hostname: "mx.test", clock: never, logger, tls: await selfSigned() };
  const implicit = await serveSmtp({ ...shared, role: "submission" }, { host: "127.0.0.1", port: 0, tls: "implicit" });
  const upgraded = await serveSmtp({ ...shared, role: "mx" }, { host: "127.0.0.1", port: 0, tls: "starttls" });
  try {
    const first = connect(implicit.port, "127.0.0.1");
    await once(first, "connect");
    first.end("no ClientHello");
    await once(first, "close");

    const second = connect(upgraded.port, "127.0.0.1");
    for (const line of ["EHLO client.test\r\n", "STARTTLS\r\n", "no ClientHello"]) {
      await once(second, "data");
      second.write(line);
    }
    await once(second.resume(), "close");
    const lost = () => new Set(logger.events.map(({ event, fields }) => `${event} ${fields["role"]}`));
    const both = ["smtp.connection_error submission", "smtp.connection_error mx"];
    await vi.waitFor(() => expect([...lost()]).toEqual(expect.arrayContaining(both)));
    expect(asked).not.toHaveBeenCalled();
  } finally {
    asked.mockRestore();
    await Promise.all([implicit.close(1), upgraded.close(1)]);
  }
});
