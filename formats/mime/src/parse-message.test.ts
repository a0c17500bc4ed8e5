import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { decodeTransfer } from "./decode-text.ts";
import { fileName, leafParts } from "./leaf-parts.ts";
import { mimeLimits } from "./limits.ts";
import { hostileMessage, type PlannedPart, plannedPart, printMessage } from "./message-arbitrary.ts";
import type { MimePart } from "./message-index.ts";
import { parseMessage } from "./parse-message.ts";
import { partText } from "./summarise.ts";

/** What the store relies on: places lie inside each other and inside the message, and JSON keeps everything. */
function checkPart(part: MimePart, from: number, to: number): void {
  expect(part.headerOffset).toBeGreaterThanOrEqual(from);
  expect(part.headerSizeBytes).toBeGreaterThanOrEqual(0);
  expect(part.headerOffset + part.headerSizeBytes).toBeLessThanOrEqual(part.bodyOffset);
  expect(part.bodySizeBytes).toBeGreaterThanOrEqual(0);
  const end = part.bodyOffset + part.bodySizeBytes;
  expect(end).toBeLessThanOrEqual(to);
  expect(part.parts !== undefined).toBe(part.type === "multipart");
  const isMessage = part.type === "message" && (part.subtype === "rfc822" || part.subtype === "global");
  expect(part.message !== undefined).toBe(isMessage);
  let at = part.bodyOffset;
  for (const child of part.parts ?? []) {
    checkPart(child, at, end);
    at = child.bodyOffset + child.bodySizeBytes;
  }
  if (part.parts) expect(part.parts.length).toBeGreaterThan(0);
  if (part.message) {
    expect(part.message.structure.headerOffset).toBe(part.bodyOffset);
    checkPart(part.message.structure, part.bodyOffset, end);
  }
}

/** By the definition: line feeds, plus one for a last line without one. */
function countLines(bytes: Buffer, part: MimePart): number {
  const body = bytes.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes);
  let lines = 0;
  for (const byte of body) if (byte === 10) lines++;
  return body.length > 0 && body[body.length - 1] !== 10 ? lines + 1 : lines;
}

function everyPart(part: MimePart): MimePart[] {
  const inner = part.message ? everyPart(part.message.structure) : [];
  return [part, ...(part.parts ?? []).flatMap(everyPart), ...inner];
}

describe("any bytes", () => {
  const check = (bytes: Buffer) => {
    const { index, summary } = parseMessage(bytes);
    checkPart(index.structure, 0, bytes.length);
    expect(index.structure.headerOffset).toBe(0);
    for (const part of everyPart(index.structure)) expect(part.bodyLines).toBe(countLines(bytes, part));
    const json = JSON.stringify({ index, summary });
    expect(json).not.toContain("\\u0000");
    expect(json.isWellFormed()).toBe(true);
    expect(JSON.parse(json)).toEqual({ index, summary });
  };

  test("that look like a message are indexed without a throw, places nested, lines counted", () => {
    fc.assert(fc.property(hostileMessage, check), { numRuns: 3_000 });
  });

  test("that look like nothing are a message too", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        check,
      ),
      { numRuns: 500 },
    );
  });

  test("an empty message is one empty text part", () => {
    const { index } = parseMessage(Buffer.alloc(0));
    expect(index.structure).toMatchObject({ type: "text", subtype: "plain", bodySizeBytes: 0, bodyLines: 0 });
  });
});

describe("bounds", () => {
  test("ten thousand nested messages end at the depth limit", () => {
    const bytes = Buffer.from("Content-Type: message/rfc822\r\n\r\n".repeat(10_000));
    expect(everyPart(parseMessage(bytes).index.structure).length).toBeLessThanOrEqual(mimeLimits.depthMax + 1);
  });

  test("ten thousand parts end at the parts limit", () => {
    const bytes = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(10_000)}--b--\r\n`,
    );
    expect(everyPart(parseMessage(bytes).index.structure).length).toBeLessThanOrEqual(mimeLimits.partsMax);
  });

  test("nested multiparts end at the depth limit and keep the rest as a leaf", () => {
    let text = "";
    for (let depth = 0; depth < 300; depth++)
      text += `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`;
    const parts = everyPart(parseMessage(Buffer.from(text)).index.structure);
    expect(parts.length).toBeLessThanOrEqual(mimeLimits.depthMax + 2);
    expect(parts.at(-1)?.type).not.toBe("multipart");
  });

  test.each([
    ["header", `Subject: ${"=?utf-8?Q?".repeat(40_000)}\r\n\r\n`],
    ["address", `From: ${"<".repeat(200_000)}\r\n\r\n`],
    ["comment", `From: ${"(".repeat(200_000)}\r\n\r\n`],
    ["references", `References: ${"<a".repeat(100_000)}\r\n\r\n`],
    ["parameters", `Content-Type: text/plain; ${"a=b;".repeat(50_000)}\r\n\r\n`],
    ["html", `Content-Type: text/html\r\n\r\n${'<a href="'.repeat(100_000)}`],
    ["open tags", `Content-Type: text/html\r\n\r\n${"<script>".repeat(100_000)}`],
    ["dashes", `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--c\r\n".repeat(200_000)}`],
    ["subject marks", `Subject: ${"[a] re: ".repeat(20_000)}\r\n\r\n`],
    ["equals", `Content-Transfer-Encoding: base64\r\n\r\n${"QQ==".repeat(100_000)}`],
  ])("a hostile %s of hundreds of kilobytes takes less than two seconds", (_, text) => {
    const started = performance.now();
    parseMessage(Buffer.from(text));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("sound messages", () => {
  const flatten = (part: PlannedPart): PlannedPart[] =>
    part.kind === "multipart" ? part.parts.flatMap(flatten) : [part];

  test("each part is found with its bytes, text and name", () => {
    fc.assert(
      fc.property(plannedPart, (plan) => {
        const bytes = printMessage(plan, "Subject");
        const { index } = parseMessage(bytes);
        const leaves = [...leafParts(index.structure)].map(({ part }) => part);
        const planned = flatten(plan);
        expect(leaves.map((part) => part.subtype)).toEqual(
          planned.map((part) => (part.kind === "file" ? "pdf" : part.kind === "html" ? "html" : "plain")),
        );
        for (const [position, part] of leaves.entries()) {
          const wanted = planned[position];
          if (wanted?.kind === "text") expect(partText(bytes, part)).toBe(wanted.text);
          if (wanted?.kind === "file") {
            const body = bytes.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes);
            expect(decodeTransfer(body, part.encoding).toString()).toBe(wanted.text);
            expect(fileName(part)).toBe("f.pdf");
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("subject, text and attachments are the same as postal-mime reads them", async () => {
    await fc.assert(
      fc.asyncProperty(plannedPart, fc.constantFrom("Hello", "Perché no €", "日本語"), async (plan, subject) => {
        const bytes = printMessage(plan, subject);
        const theirs = await new PostalMime().parse(bytes);
        const { index, summary } = parseMessage(bytes);
        expect(summary.subject).toBe(theirs.subject);
        expect(summary.messageId).toBe(theirs.messageId?.slice(1, -1));
        expect(index.envelope.from.map(({ mailbox, host }) => `${mailbox}@${host}`)).toEqual([theirs.from?.address]);
        const leaves = [...leafParts(index.structure)].map(({ part }) => part);
        const files = leaves.filter((part) => part.disposition?.type === "attachment");
        expect(
          files.map((part) =>
            decodeTransfer(
              bytes.subarray(part.bodyOffset, part.bodyOffset + part.bodySizeBytes),
              part.encoding,
            ).toString(),
          ),
        ).toEqual(
          // It counts the line break before a boundary to a quoted-printable body; RFC 2046 §5.1.1 gives it to the boundary.
          theirs.attachments.map((file) =>
            Buffer.from(file.content as ArrayBuffer)
              .toString()
              .replace(/\r?\n$/, ""),
          ),
        );
        const plain = leaves
          .filter((part) => part.subtype === "plain")
          .map((part) => partText(bytes, part).replace(/\r\n/g, "\n").trim());
        for (const text of plain) expect(theirs.text?.replace(/\r\n/g, "\n") ?? "").toContain(text);
      }),
      { numRuns: 150 },
    );
  });
});
