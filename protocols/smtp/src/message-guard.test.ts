import { Failure } from "@casaforte/kernel";
import fc from "fast-check";
import { SMTPStream } from "smtp-server/lib/smtp-stream.js";
import { expect, test } from "vitest";
import { MessageGuard } from "./index.ts";

const limits = { messageBytesMax: 10_000_000, headerBytesMax: 1_000_000, receivedFieldsMax: 50 };

function verdict(chunks: readonly Uint8Array[], over: Partial<typeof limits> = {}): string {
  const guard = new MessageGuard({ ...limits, ...over });
  try {
    for (const chunk of chunks) guard.push(chunk);
    guard.end();
    return "ok";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
}
const split = (text: string, cuts: readonly number[]) => {
  const bytes = Buffer.from(text, "latin1");
  const sorted = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
};
const hasBare = (text: string) => /\r(?!\n)|(?<!\r)\n/.test(text);
const wireText = fc
  .array(fc.constantFrom("\r\n", "\r", "\n", ".", "a", "..", "\r\n.", "\n.", "\r\n\r\n", ":"), { maxLength: 40 })
  .map((parts) => parts.join(""));

test("any split of the bytes gives the same verdict as looking at the whole message", () => {
  fc.assert(
    fc.property(wireText, fc.array(fc.nat(200), { maxLength: 8 }), (text, cuts) => {
      expect(verdict(split(text, cuts))).toBe(hasBare(text) ? "smtp.bare_line_ending" : "ok");
    }),
  );
});

test("dot unescaping of the server's stream parser neither hides nor invents a bare CR or LF", async () => {
  await fc.assert(
    fc.asyncProperty(wireText, fc.array(fc.nat(200), { maxLength: 8 }), async (body, cuts) => {
      const wire = `${body}\r\n.\r\n`;
      // What the sender means is settled by the first CRLF.CRLF, or by a dot line at the very start.
      const end = wire.startsWith(".\r\n") ? 0 : wire.indexOf("\r\n.\r\n") + 2;
      const stream = new SMTPStream();
      const out: Buffer[] = [];
      const data = stream.startDataMode(1_000_000);
      stream.oncommand = (_command, next) => next?.();
      const ended = new Promise((resolve) => data.on("end", resolve));
      data.on("data", (chunk: Buffer) => out.push(chunk));
      for (const chunk of split(wire, cuts)) if (chunk.length > 0) stream.write(chunk);
      await ended;
      expect(verdict(out)).toBe(hasBare(wire.slice(0, end)) ? "smtp.bare_line_ending" : "ok");
    }),
    { numRuns: 500 },
  );
});

test("the fiftieth Received field is a loop, in any case and split, and the body does not count", () => {
  const field = "rEcEiVeD: from a by b\r\n";
  expect(verdict(split(`${field.repeat(49)}\r\nbody`, [7, 30]))).toBe("ok");
  expect(verdict(split(`${field.repeat(50)}\r\nbody`, [7, 30]))).toBe("smtp.loop");
  expect(verdict([Buffer.from(`Subject: x\r\n\r\n${field.repeat(60)}`)])).toBe("ok");
  expect(verdict([Buffer.from(`X-Received: a\r\nReceived-SPF: pass\r\n`.repeat(60))])).toBe("ok");
});

test("size and header size are limits, not suggestions", () => {
  expect(verdict([Buffer.alloc(101, "a")], { messageBytesMax: 100 })).toBe("smtp.message_too_large");
  expect(verdict([Buffer.from("a: b\r\n".repeat(100))], { headerBytesMax: 100 })).toBe("smtp.header_too_large");
  expect(verdict([Buffer.from(`a: b\r\n\r\n${"x".repeat(1000)}`)], { headerBytesMax: 1_100 })).toBe("ok");
});
