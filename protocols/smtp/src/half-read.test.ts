import { once } from "node:events";
import { connect } from "node:net";
import { Failure } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { serveSmtp } from "./index.ts";
import { memorySmtp } from "./memory/index.ts";

const clock = { nowMs: () => Date.now(), sleep: () => new Promise<void>(() => {}) };

test("a message that is refused when its beginning was read is answered behind its end, however long it is", async () => {
  const memory = memorySmtp();
  const refusing = {
    ...memory.backend,
    async data(_session: unknown, _envelope: unknown, message: AsyncIterable<Uint8Array>): Promise<never> {
      // Not left by a loop's end: whoever reads the header by hand goes away with the rest unread.
      await message[Symbol.asyncIterator]().next();
      throw new Failure("forbidden", "smtp.sender_not_yours", "not yours");
    },
  };
  const listener = await serveSmtp(
    { role: "mx", backend: refusing, hostname: "mx.test", clock, logger: new MemoryLogger() },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  const socket = connect(listener.port, "127.0.0.1");
  socket.setEncoding("latin1");
  let heard = "";
  socket.on("data", (text: string) => (heard += text));
  const heardOf = async (reply: RegExp) => {
    while (!reply.test(heard)) await once(socket, "data");
    const answer = heard;
    heard = "";
    return answer;
  };
  const say = (text: string, reply: RegExp) => {
    socket.write(text);
    return heardOf(reply);
  };
  await heardOf(/^220 [^\r\n]*\r\n/m);
  await say("EHLO client.test\r\n", /^250 [^\r\n]*\r\n/m);
  const line = `${"x".repeat(70)}\r\n`;
  for (const lines of [1, 20_000]) {
    await say("MAIL FROM:<bob@elsewhere.test>\r\n", /^250 [^\r\n]*\r\n/m);
    await say("RCPT TO:<ada@example.org>\r\n", /^250 [^\r\n]*\r\n/m);
    await say("DATA\r\n", /^354 [^\r\n]*\r\n/m);
    expect(await say(`Subject: s\r\n\r\n${line.repeat(lines)}.\r\n`, /^\d{3} [^\r\n]*\r\n/m)).toMatch(
      /^553 5\.7\.1 .*\r\n$/,
    );
  }
  socket.destroy();
  await listener.close(1);
});
