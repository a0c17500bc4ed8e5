import { BlockList, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clientNetwork } from "./addresses.ts";

const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });
const byte = fc.integer({ min: 0, max: 255 });
const four = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join("."));

/** All that RFC 4291 §2.2 allows: zeros before or not, either case, any run of zeros left out, the end as IPv4, a zone. */
const spelling = fc.record({
  pads: fc.boolean(),
  isUpper: fc.boolean(),
  gap: fc.tuple(fc.nat(7), fc.nat(8)),
  endsAsFour: fc.boolean(),
  zone: fc.constantFrom("", "%eth0", "%3"),
});
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;

function spell(values: readonly number[], how: Spelling): string {
  const words = values.map((value) => value.toString(16).padStart(how.pads ? 4 : 1, "0"));
  const [g = 0, h = 0] = values.slice(6);
  const end = [g >> 8, g & 255, h >> 8, h & 255].join(".");
  const [from, to] = [how.gap[0], Math.max(how.gap[0] + 1, how.gap[1])];
  const last = how.endsAsFour ? 6 : 8;
  const gapFits = to <= last && values.slice(from, to).every((value) => value === 0);
  const tail = (start: number) => [...words.slice(start, last), ...(how.endsAsFour ? [end] : [])].join(":");
  const text = gapFits ? `${words.slice(0, from).join(":")}::${tail(to)}` : tail(0);
  return (how.isUpper ? text.toUpperCase() : text) + how.zone;
}

test("whatever the spelling, an IPv6 address is in the network of its first four groups", () => {
  fc.assert(
    fc.property(groups, spelling, (values, how) => {
      const text = spell(values, how);
      expect(isIPv6(text)).toBe(true);
      const isMapped = values.slice(0, 5).every((value) => value === 0) && values[5] === 0xffff;
      fc.pre(!isMapped);
      const first = values.slice(0, 4).map((value) => value.toString(16));
      expect(clientNetwork(text)).toBe(`${first.join(":")}::/64`);
    }),
  );
});

test("two addresses share a network exactly when their first 64 bits are the same", () => {
  fc.assert(
    fc.property(groups, groups, fc.nat(8), (one, other, shared) => {
      const beside = [...one.slice(0, shared), ...other.slice(shared)];
      const written = (values: readonly number[]) => values.map((value) => value.toString(16)).join(":");
      const [a, b] = [written(one), written(beside)];
      const block = new BlockList();
      block.addSubnet(a, 64, "ipv6");
      fc.pre(!/^0:0:0:0:0:ffff:/.test(a) && !/^0:0:0:0:0:ffff:/.test(b));
      expect(clientNetwork(a) === clientNetwork(b)).toBe(block.check(b, "ipv6"));
    }),
  );
});

test("an IPv4 address counts whole, mapped into IPv6 or not", () => {
  fc.assert(
    fc.property(four, spelling, (address, how) => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
      expect(clientNetwork(address)).toBe(address);
      expect(clientNetwork(spell([0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d], how))).toBe(address);
    }),
  );
});

test.each([
  ["2001:db8:1:2ff::1", "2001:db8:1:200::/56", "2001:db8:1::/48"],
  ["::1", "0:0:0:0::/56", "0:0:0::/48"],
  ["198.51.100.9", "198.51.100.0/24", "198.51.100.9"],
  ["::ffff:c633:6409", "198.51.100.0/24", "198.51.100.9"],
  ["unknown", "unknown", "unknown"],
])("%s lies in %s, and in %s", (address, narrow, wide) => {
  expect(clientNetwork(address, { ipv4: 24, ipv6: 56 })).toBe(narrow);
  expect(clientNetwork(address, { ipv4: 32, ipv6: 48 })).toBe(wide);
});

test.each(["", "unknown", "::1::2", "1:2:3:4:5:6:7", "12345::", ":::", "1.2.3.4::", "::1.2.3.256"])(
  "%j is no address, and its own network",
  (text) => expect(clientNetwork(text)).toBe(text),
);
