import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSieve } from "../check.ts";
import { inShort, run } from "../sieve-run.test-support.ts";
import { formatRules, parseRules, type Rule } from "./index.ts";

const rule = (fields: Partial<Rule>): Rule => ({
  name: "r",
  isEnabled: true,
  match: "all",
  conditions: [],
  actions: [{ kind: "move", mailbox: "Birds" }],
  goesOn: false,
  ...fields,
});

test("rules mean what they say", () => {
  const does = (...rules: Rule[]) => inShort(run(formatRules(rules)));
  const when = (...conditions: Rule["conditions"]) => does(rule({ conditions }));
  expect(when({ subject: "from", relation: "is", value: "coyote@desert.example.org" })).toBe("Birds");
  expect(when({ subject: "from", relation: "contains", value: "wile e." })).toBe("Birds");
  expect(when({ subject: "to", relation: "contains", value: "papa@" })).toBe("Birds");
  expect(when({ subject: "subject", relation: "begins", value: "un regalo" })).toBe("Birds");
  expect(when({ subject: "subject", relation: "ends", value: "[birds]" })).toBe("Birds");
  expect(when({ subject: "subject", relation: "ends", value: "*" })).toBe("inbox");
  expect(when({ subject: "subject", relation: "lacks", value: "birds" })).toBe("inbox");
  expect(when({ subject: "list", relation: "contains", value: "birds.example" })).toBe("Birds");
  expect(when({ subject: "body", relation: "contains", value: "bird seed" })).toBe("Birds");
  expect(when({ subject: "header", header: "X-Priority", relation: "is", value: "5" })).toBe("Birds");
  const no = { subject: "subject", relation: "is", value: "no" } as const;
  const yes = { subject: "header", header: "X-Priority", relation: "is", value: "5" } as const;
  expect(does(rule({ conditions: [no, yes] }))).toBe("inbox");
  expect(does(rule({ conditions: [no, yes], match: "any" }))).toBe("Birds");
  expect(does(rule({ isEnabled: false }))).toBe("inbox");
  expect(
    does(
      rule({ actions: [{ kind: "mark_read" }], goesOn: true }),
      rule({ actions: [{ kind: "move", mailbox: 'A"b\\' }, { kind: "flag" }] }),
    ),
  ).toBe('A"b\\ \\Seen \\Flagged');
  expect(
    does(
      rule({
        actions: [
          { kind: "forward", address: "x@example.com" },
          { kind: "copy", mailbox: "C" },
        ],
      }),
    ),
  ).toBe(">x@example.com, C, inbox");
  expect(does(rule({ actions: [{ kind: "discard" }] }), rule({}))).toBe("");
});

const text = fc
  .string({ unit: "grapheme", maxLength: 30 })
  .filter((value) => !/[\0\r\n]/.test(value) && value.isWellFormed());
const anyRule: fc.Arbitrary<Rule> = fc.record({
  name: text,
  isEnabled: fc.boolean(),
  match: fc.constantFrom("all", "any"),
  goesOn: fc.boolean(),
  conditions: fc.array(
    fc.oneof(
      fc.record({
        subject: fc.constantFrom("from", "to", "subject", "list", "body"),
        relation: fc.constantFrom("contains", "lacks", "is", "begins", "ends"),
        value: text,
      }),
      fc.record({
        subject: fc.constant("header"),
        header: fc.constant("X-A"),
        relation: fc.constant("is"),
        value: text,
      }),
    ) as fc.Arbitrary<Rule["conditions"][number]>,
    { maxLength: 4 },
  ),
  actions: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom("move", "copy"), mailbox: text }),
      fc.record({ kind: fc.constant("forward"), address: text }),
      fc.record({ kind: fc.constantFrom("mark_read", "flag", "discard") }),
    ) as fc.Arbitrary<Rule["actions"][number]>,
    { maxLength: 4 },
  ),
}) as fc.Arbitrary<Rule>;

test("every list of rules comes back from its script, which is a script that runs", () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 5 }), (rules) => {
      const script = formatRules(rules);
      parseSieve(script);
      expect(parseRules(script)).toEqual(rules);
      expect(parseRules(script.replaceAll("\n", "\r\n"))).toEqual(rules);
    }),
    { numRuns: 100, seed: 7 },
  );
});

test("a script written or changed by hand is never taken for rules", () => {
  const script = formatRules([rule({ name: "mine" })]);
  expect(parseRules("keep;")).toBeNull();
  expect(parseRules(`${script}keep;\n`)).toBeNull();
  expect(parseRules(script.replace("Birds", "Cats"))).toBeNull();
  expect(parseRules(script.replace('"goesOn":false', '"goesOn":0'))).toBeNull();
  expect(parseRules(script)).not.toBeNull();
});
