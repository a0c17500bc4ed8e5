import { Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { parseSieve } from "./check.ts";
import { sieveLimits } from "./limits.ts";
import { inShort, run } from "./sieve-run.test-support.ts";

function refusal(script: string): string {
  try {
    parseSieve(script);
    return "taken";
  } catch (error) {
    return error instanceof Failure ? `${error.kind} ${error.message}` : String(error);
  }
}

test.each([
  ["keep", "invalid line 1: ; is missing after keep"],
  ['\n\nfileinto "a";', 'invalid line 3: fileinto needs require "fileinto"'],
  ['require "nonsense";', 'invalid line 1: the extension "nonsense" is not known'],
  ['keep; require "fileinto";', "invalid line 1: require stands before all other commands"],
  ["else { keep; }", "invalid line 1: else follows an if"],
  ["if true { keep; } keep; elsif true { }", "invalid line 1: elsif follows an if"],
  ["if true;", "invalid line 1: if needs a block"],
  ["keep { }", "invalid line 1: keep takes no block"],
  ["frobnicate;", "invalid line 1: frobnicate is not known"],
  ["constructor;", "invalid line 1: constructor is not known"],
  ['if header :is :contains "a" "b" { }', "invalid line 1: :contains does not go with another tag"],
  ['if header "a" { }', "invalid line 1: header takes 2 arguments"],
  ['if header "a" :is "b" { }', "invalid line 1: header takes no :is here"],
  ["if size 10K { }", "invalid line 1: size takes :over or :under"],
  ['if size :over "a" { }', "invalid line 1: size takes a number"],
  ['redirect ["a@b","c@d"];', "invalid line 1: redirect takes a string"],
  ['if header :comparator "i;none" "a" "b" { }', 'invalid line 1: the comparator "i;none" is not known'],
  ['if header :count "gt" "a" "1" { }', 'invalid line 1: :count needs require "relational"'],
  ["if anyof () { }", "invalid line 1: a test is expected here"],
  ['redirect "a', "invalid line 1: the string has no closing quote"],
  ["/* a", "invalid line 1: the comment has no end"],
  ["redirect text:\nno end", "invalid line 1: the text has no line with a single dot at its end"],
  ["keep; }", "invalid line 1: a command is expected here"],
  ["if not { }", "invalid line 1: not takes one test"],
  ["if size :over 99999999999999999999 { }", 'invalid line 1: "9" makes no sense here'],
  ["if size :over 9999999999999G { }", "invalid line 1: the number is too large"],
  ["§", 'invalid line 1: "§" makes no sense here'],
])("%j is refused with its line and reason", (script, wanted) => {
  expect(refusal(script)).toBe(wanted);
});

test("limits: length, nesting and number of commands", () => {
  expect(refusal(`#${"a".repeat(sieveLimits.scriptBytesMax)}`)).toContain("too_large");
  expect(refusal(`if ${"not ".repeat(sieveLimits.nestingMax + 1)} true { }`)).toContain("nested too deep");
  expect(refusal("if true { ".repeat(2_000))).toContain("nested too deep");
  expect(refusal("keep;".repeat(sieveLimits.nodesMax + 1))).toContain("too many commands");
  expect(refusal(`redirect "${"a".repeat(sieveLimits.stringMax + 1)}";`)).toContain("too long");
  expect(refusal(`if ${"not ".repeat(20)} true { keep; }`)).toBe("taken");
});

test("RFC 5228 §9, the extended example, files each message as it says", () => {
  const script = `
#
# Example Sieve Filter
require ["fileinto"];
if header :is "Sender" "owner-ietf-mta-filters@imc.org" { fileinto "filter"; }
elsif address :DOMAIN :is ["From", "To"] "example.com" { keep; }
elsif anyof (NOT address :all :contains ["To", "Cc", "Bcc"] "me@example.com",
   header :matches "subject" ["*make*money*fast*", "*university*dipl*mas*"]) { fileinto "spam"; }
else { fileinto "personal"; }`;
  const message = (header: string) => `${header}\r\n\r\nx`;
  expect(inShort(run(script, {}, message("Sender: owner-ietf-mta-filters@imc.org")))).toBe("filter");
  expect(inShort(run(script, {}, message("From: a@example.com")))).toBe("inbox");
  expect(inShort(run(script, {}, message("To: other@example.org")))).toBe("spam");
  expect(inShort(run(script, {}, message("To: me@example.com.au\r\nSubject: make money real fast!")))).toBe("spam");
  expect(inShort(run(script, {}, message("To: me@example.com.au\r\nSubject: hello")))).toBe("personal");
});

test("whatever bytes come, a script runs or is refused with its line", () => {
  const seed = 20261128;
  const random = new SeededRandom(seed);
  const pieces = [
    "if",
    "elsif",
    "else",
    "keep",
    "discard",
    "stop",
    "require",
    "fileinto",
    "redirect",
    "vacation",
    "set",
    "addflag",
    "header",
    "address",
    "not",
    "allof",
    "anyof",
    "true",
    "size",
    ":is",
    ":matches",
    ":over",
    ":count",
    ":days",
    ":copy",
    '"a"',
    '"*"',
    `"\${1}"`,
    '["a","b"]',
    "text:\nx\n.\n",
    "10K",
    "5",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "[",
    "]",
    "#\n",
    "/*",
    "*/",
    '"',
    "\\",
    "\0",
    "\r\n",
    '"fileinto"',
    '"variables"',
  ];
  for (let round = 0; round < 500; round++) {
    const bytes = random.bytes(40);
    const script = `require ["fileinto","copy","variables","imap4flags","vacation","relational"];${[...bytes]
      .map((byte) => pieces[byte % pieces.length])
      .join(" ")}`;
    const verdict = refusal(script);
    expect(
      verdict === "taken" || /^(invalid line \d+: |too_large )/.test(verdict),
      `seed ${seed} round ${round}: ${verdict}`,
    ).toBe(true);
    if (verdict === "taken") expect(run(script).actions.length).toBeLessThanOrEqual(sieveLimits.actionsMax);
  }
});
