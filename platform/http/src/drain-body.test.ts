import { connect } from "node:net";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { createFace } from "./index.ts";

test("a client that is still writing a refused body reads the refusal, not a reset connection", async () => {
  const app = createFace({
    name: "console",
    logger: new MemoryLogger(),
    clock: new FakeClock(),
    random: new SeededRandom(1),
    contentSecurityPolicy: "console",
  });
  app.post("/api/echo", async () => ({}));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = app.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    for (let round = 0; round < 10; round++) {
      const socket = connect(port, "127.0.0.1");
      const length = 8 * 1024 * 1024;
      socket.write(
        `POST /api/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
      );
      for (let sent = 0; sent < length; sent += 65_536) socket.write(Buffer.alloc(65_536, 0x20));
      let text = "";
      const outcome = await new Promise<string>((resolve) => {
        socket.on("data", (chunk) => (text += chunk));
        socket.on("end", () => resolve("ended"));
        socket.on("error", (error) => resolve(error.message));
      });
      socket.destroy();
      expect(outcome).toBe("ended");
      expect(text).toContain("http.body_too_large");
    }
  } finally {
    await app.close();
  }
});
