import { expect, test } from "vitest";
import { inShort, run } from "./sieve-run.test-support.ts";

const filed = (test: string, capabilities: readonly string[] = []): boolean =>
  inShort(
    run(`require [${["fileinto", ...capabilities].map((name) => `"${name}"`).join(",")}];
    if ${test} { fileinto "yes"; }`),
  ) === "yes";

test("a script that says nothing keeps the message in the inbox", () => {
  expect(inShort(run(""))).toBe("inbox");
  expect(inShort(run("# only a comment\n/* and another */"))).toBe("inbox");
});

test("keep, discard, fileinto and redirect cancel or add to the implicit keep as RFC 5228 §2.10.2 says", () => {
  expect(inShort(run("discard;"))).toBe("");
  expect(inShort(run("discard; keep;"))).toBe("inbox");
  expect(inShort(run('require "fileinto"; fileinto "Birds"; fileinto "inbox";'))).toBe("Birds, inbox");
  expect(inShort(run('redirect "a@example.com"; redirect "a@example.com";'))).toBe(">a@example.com");
  expect(inShort(run('require ["fileinto","copy"]; fileinto :copy "Birds"; redirect :copy "b@example.com";'))).toBe(
    "Birds, >b@example.com, inbox",
  );
  expect(inShort(run('require "fileinto"; if true { stop; } fileinto "Birds";'))).toBe("inbox");
});

test("if, elsif and else take one branch, in nested blocks too", () => {
  const script = (first: string, second: string) => `require "fileinto";
    if ${first} { if false { fileinto "no"; } else { fileinto "a"; } } elsif ${second} { fileinto "b"; } else { fileinto "c"; }`;
  expect(inShort(run(script("true", "true")))).toBe("a");
  expect(inShort(run(script("false", "true")))).toBe("b");
  expect(inShort(run(script("not true", "anyof(false, not true)")))).toBe("c");
});

test("header compares decoded values by is, contains and matches without regard to ASCII case", () => {
  expect(filed('header "subject" "Un regalo perché sì [birds]"')).toBe(true);
  expect(filed('header :contains ["X-Nothing", "SUBJECT"] ["nothing", "PERCHé"]')).toBe(true);
  expect(filed('header :contains "subject" "PERCHÉ"')).toBe(false);
  expect(
    filed('header :comparator "i;unicode-casemap" :contains "subject" "PERCHÉ"', ["comparator-i;unicode-casemap"]),
  ).toBe(true);
  expect(filed('header :comparator "i;octet" :contains "subject" "BIRDS"')).toBe(false);
  expect(filed('header :matches "subject" "*[b?rds]"')).toBe(true);
  expect(filed('header :matches "subject" "*\\\\*"')).toBe(false);
  expect(filed('header :is "x-caffeine" ""')).toBe(false);
  expect(filed('header :contains "x-caffeine" ""')).toBe(true);
  expect(filed('exists ["from", "x-caffeine"]')).toBe(true);
  expect(filed('exists ["from", "x-none"]')).toBe(false);
});

test("address takes parts, subaddress included; header :is does not match a bare address in a longer field", () => {
  expect(filed('address "from" "coyote@DESERT.example.org"')).toBe(true);
  expect(filed('address :localpart "from" "coyote"')).toBe(true);
  expect(filed('address :domain :contains ["to", "cc"] "example.net"')).toBe(true);
  expect(filed('address :user "to" "roadrunner"', ["subaddress"])).toBe(true);
  expect(filed('address :detail "to" "acme"', ["subaddress"])).toBe(true);
  expect(filed('address :detail "cc" ""', ["subaddress"])).toBe(false);
  expect(filed('address "subject" "anything"')).toBe(false);
  expect(filed('envelope :detail "to" "acme"', ["envelope", "subaddress"])).toBe(true);
});

test("the null sender's envelope is the empty string in every part", () => {
  const script = 'require ["envelope","fileinto"]; if envelope :domain "from" "" { fileinto "null"; }';
  expect(inShort(run(script, { envelope: { from: "", to: "a@example.com" } }))).toBe("null");
  expect(inShort(run(script))).toBe("inbox");
});

test("relational counts and compares numbers (RFC 5231)", () => {
  const all = ["relational", "comparator-i;ascii-numeric"];
  expect(filed('header :value "lt" :comparator "i;ascii-numeric" "x-priority" "10"', all)).toBe(true);
  expect(filed('header :value "lt" "x-priority" "10"', ["relational"])).toBe(false);
  expect(filed('address :count "ge" :comparator "i;ascii-numeric" ["to","cc"] "3"', all)).toBe(true);
  expect(filed('address :count "gt" :comparator "i;ascii-numeric" ["to","cc"] "3"', all)).toBe(false);
  expect(filed('header :comparator "i;ascii-numeric" "x-priority" "005"', all)).toBe(true);
});

test("body looks at decoded texts, content types or the raw bytes (RFC 5173)", () => {
  expect(filed('body :contains "caffè for"', ["body"])).toBe(true);
  expect(filed('body :text :contains "Free bird seed"', ["body"])).toBe(true);
  expect(filed('body :content "text/html" :contains "<b>bird</b>"', ["body"])).toBe(true);
  expect(filed('body :content "image" :contains ""', ["body"])).toBe(false);
  expect(filed('body :raw :contains "caff=C3=A8"', ["body"])).toBe(true);
});

test("date and currentdate give parts in the zone asked for, by field index (RFC 5260)", () => {
  expect(filed('date :originalzone "date" "date" "2024-01-15"', ["date"])).toBe(true);
  expect(filed('date :zone "+0000" "date" "iso8601" "2024-01-16T05:00:00+00:00"', ["date"])).toBe(true);
  expect(filed('date :index 1 :originalzone "received" "hour" "22"', ["date", "index"])).toBe(true);
  expect(filed('date "date" "weekday" "2"', ["date"])).toBe(true);
  expect(filed('currentdate "time" "14:00:00"', ["date"])).toBe(true);
  expect(filed('currentdate :value "ge" "date" "2024-06-01"', ["date", "relational"])).toBe(true);
  expect(filed('header :index 2 :last "received" "x"', ["index"])).toBe(false);
});

test("flags gather in the internal variable and in named ones (RFC 5232)", () => {
  expect(
    inShort(run('require "imap4flags"; addflag ["\\\\Seen", "$Work"]; removeflag "$work"; addflag "\\\\Flagged";')),
  ).toBe("inbox \\Seen \\Flagged");
  expect(
    inShort(
      run(
        'require ["imap4flags","fileinto"]; setflag "\\\\Seen"; fileinto :flags "$A $B" "Birds"; if hasflag "\\\\seen" { keep; }',
      ),
    ),
  ).toBe("Birds $A $B, inbox \\Seen");
  expect(
    inShort(
      run(
        `require ["imap4flags","variables"]; addflag "mine" "x y"; if hasflag :contains "mine" "y" { keep :flags "\${mine}"; }`,
      ),
    ),
  ).toBe("inbox x y");
});

test("variables: captures are as short as they can be, modifiers apply in their order (RFC 5229)", () => {
  expect(
    inShort(
      run(
        `require ["fileinto","variables"]; if header :matches "subject" "*[*]*" { set :upperfirst "list" "\${2}"; fileinto "Lists/\${list}"; }`,
      ),
    ),
  ).toBe("Lists/Birds");
  expect(
    inShort(
      run(`require ["fileinto","variables"]; if string :matches "a-b-c" "*-*" { fileinto "\${1}|\${2}|\${0}|\${9}"; }`),
    ),
  ).toBe("a|b-c|a-b-c|");
  expect(
    inShort(
      run(
        `require ["fileinto","variables"]; set :length "n" "perché"; set :quotewildcard "q" "a*b"; fileinto "\${N}\${q}\${none}";`,
      ),
    ),
  ).toBe("6a\\*b");
  expect(inShort(run(`require "fileinto"; fileinto "\${1}";`))).toBe(`\${1}`);
});

test("encoded characters are decoded only where the script asks for it", () => {
  expect(
    inShort(
      run(`require ["fileinto","encoded-character"]; fileinto "a\${hex: 24 40}\${unicode: 20ac}\${unicode: d800}";`),
    ),
  ).toBe(`a$@€\${unicode: d800}`);
  expect(inShort(run(`require "fileinto"; fileinto "\${hex:40}";`))).toBe(`\${hex:40}`);
});

test("mailbox, special-use, environment and spamtest ask the environment", () => {
  expect(filed('mailboxexists ["Birds", "INBOX"]', ["mailbox"])).toBe(true);
  expect(filed('mailboxexists "Cats"', ["mailbox"])).toBe(false);
  expect(filed('specialuse_exists "\\\\Junk"', ["special-use"])).toBe(true);
  expect(filed('specialuse_exists "Birds" "\\\\Junk"', ["special-use"])).toBe(false);
  expect(filed('environment "name" "casaforte"', ["environment"])).toBe(true);
  const spam = (spamPercent: number | null) =>
    inShort(
      run(
        'require ["fileinto","spamtest","relational","comparator-i;ascii-numeric"]; if spamtest :value "ge" :comparator "i;ascii-numeric" "6" { fileinto "s"; }',
        { spamPercent },
      ),
    );
  expect([spam(null), spam(10), spam(60), spam(100)]).toEqual(["inbox", "inbox", "s", "s"]);
  const action = run('require ["fileinto","special-use","mailbox"]; fileinto :specialuse "\\\\Junk" :create "Spam";')
    .actions[0];
  expect(action).toMatchObject({ specialUse: "\\Junk", create: true, mailbox: "Spam" });
});

test("vacation carries its options; its handle tells different answers apart (RFC 5230)", () => {
  const [plain] = run('require "vacation"; vacation "Away.";').actions;
  const [full] = run(
    'require "vacation"; vacation :days 500 :subject "S" :from "a@example.com" :addresses ["b@example.com"] :handle "h" text:\r\nAway.\r\n..\r\n.\r\n;',
  ).actions;
  expect(plain).toMatchObject({ kind: "vacation", days: 7, reason: "Away.", subject: null });
  expect(full).toEqual({
    kind: "vacation",
    days: 90,
    subject: "S",
    from: "a@example.com",
    addresses: ["b@example.com"],
    reason: "Away.\r\n.\r\n",
    mime: false,
    handle: "h",
  });
  expect(inShort(run('require "vacation"; vacation "Away.";'))).toBe("?Away., inbox");
});

test("a run that fails keeps the message and says why; redirects asked for before stay (RFC 5228 §2.10.6)", () => {
  const twice = run('require "reject"; keep; reject "no";');
  expect(inShort(twice)).toBe("inbox");
  expect(twice.error).toContain("reject");
  const wrong = run('require ["fileinto","variables"]; redirect "a@example.com"; fileinto "x"; set "1a" "b";');
  expect([inShort(wrong), wrong.error]).toEqual([">a@example.com, inbox", expect.stringContaining("1a")]);
  const many = run([1, 2, 3, 4, 5].map((at) => `redirect "a${at}@example.com";`).join(""));
  expect(many.error).toContain("redirects");
});

test("a script made to compare for ever ends and keeps the message", () => {
  const long = `Subject: ${"a".repeat(15_000)}\r\n\r\nx`;
  const patterns = Array.from({ length: 300 }, (_, at) => `"*${"a".repeat(200)}b${at}"`).join(",");
  const outcome = run(`require "fileinto"; if header :matches "subject" [${patterns}] { fileinto "x"; }`, {}, long);
  expect([inShort(outcome), outcome.error]).toEqual(["inbox", "the script compares too much"]);
});
