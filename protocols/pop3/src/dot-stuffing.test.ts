import fc from "fast-check";
import { expect, test } from "vitest";
import { DotStuffer, TopFilter } from "./dot-stuffing.ts";

const text = fc.string({ unit: fc.constantFrom(".", "\r\n", "a", "\n", "\r"), maxLength: 60 });

function split(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => whole.subarray(at[index], end));
}

test("stuffing gives the same bytes for any split, and unstuffing gives the message back", () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(80), { maxLength: 8 }), (message, cuts) => {
      const stuffer = new DotStuffer();
      const out = split(Buffer.from(message), cuts).flatMap((piece) => [...stuffer.push(piece)]);
      const sent = Buffer.concat([...out, stuffer.end()]).toString();
      const ended = message === "" || message.endsWith("\n") ? message : `${message}\r\n`;
      expect(sent).toBe(`${ended.replace(/(^|\n)\./g, "$1..")}.\r\n`);
    }),
  );
});

test("TOP passes the same lines for any split", () => {
  fc.assert(
    fc.property(text, fc.nat(4), fc.array(fc.nat(80), { maxLength: 8 }), (message, lines, cuts) => {
      const whole = new TopFilter(lines).push(Buffer.from(message));
      const filter = new TopFilter(lines);
      const parts = split(Buffer.from(message), cuts).map((piece) =>
        filter.isDone ? Buffer.alloc(0) : filter.push(piece),
      );
      expect(Buffer.concat(parts).toString()).toBe(Buffer.from(whole).toString());
    }),
  );
});
