import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCsv, parseCsv } from "./csv.ts";
import { toLines, withAnswers } from "./import-lines.ts";
import { decodeFile, readAccountsCsv } from "./read-accounts-csv.ts";

const quota = 10_000_000_000;

test("R12: a file of an Italian spreadsheet is read: semicolons, quotes with line ends, its old alphabet", () => {
  const bytes = new Uint8Array([
    ...new TextEncoder().encode('Nome;Indirizzo;Note;Quota GB\r\n"Niccol'),
    0xf2,
    ...new TextEncoder().encode(
      ' ""Nico""\nRossi";nico@casa.example;x;1,5\r\n;;;\r\n  Ada ; ada@casa.example ;;\r\nB;b@casa.example;;illimitata',
    ),
  ]);
  expect(readAccountsCsv(decodeFile(bytes.buffer), quota)).toEqual({
    kind: "rows",
    ignored: ["Note"],
    rows: [
      {
        line: 2,
        displayName: 'Niccolò "Nico"\nRossi',
        address: "nico@casa.example",
        quotaBytes: 1_500_000_000,
        password: "",
      },
      { line: 5, displayName: "Ada", address: "ada@casa.example", quotaBytes: quota, password: "" },
      { line: 6, displayName: "B", address: "b@casa.example", quotaBytes: null, password: "" },
    ],
  });
});

test("R12: what is no size is told as such, not taken for none", () => {
  const read = readAccountsCsv("email,quota\na@b.example,much\nc@b.example,-1\nd@b.example,0", null);
  expect(read.kind === "rows" && read.rows.map((row) => row.quotaBytes)).toEqual([-1, -1, -1]);
});

test.each([
  ["", "empty"],
  ["address,name\n", "empty"],
  ["name\nAda", "no_address_column"],
  [`address\n${"a@b.example\n".repeat(10_001)}`, "too_many"],
])("R12: a file that cannot be read says why (%#)", (text, kind) => {
  expect(readAccountsCsv(text, null).kind).toBe(kind);
});

test("what is written as CSV is read back, whatever the cells hold", () => {
  const cell = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `x${text.replaceAll(/\r|\n/g, " ")}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
      const written = formatCsv([["a", "b"], ...rows]);
      expect(parseCsv(written).map(({ cells }) => cells)).toEqual([["a", "b"], ...rows]);
    }),
  );
});

test("R12: a mailbox that is there is called created only where we asked for it and heard no answer", () => {
  const rows = ["a", "b", "c", "A"].map((name, at) => ({
    line: at + 2,
    address: `${name}@casa.example`,
    displayName: "",
    quotaBytes: null,
    password: at === 1 ? "una frase lunga" : "",
  }));
  const lines = toLines(rows);
  expect(lines.map(({ outcome }) => outcome)).toEqual(["waiting", "waiting", "waiting", "wrong"]);
  const ready = lines.map((line) => (line.outcome === "waiting" ? { ...line, outcome: "ready" as const } : line));
  const exists = [2, 3, 4, 5].map((line) => ({
    ...{ line, address: "", outcome: "exists" as const, code: null, awaitsPassword: false },
    invitation: null,
  }));
  // The first part was sent and its answer lost; the run was taken up again, and all of it is there.
  const resumed = withAnswers(ready, "apply", exists, new Set([2, 3]));
  expect(resumed.map(({ outcome }) => outcome)).toEqual(["created", "created", "exists", "wrong"]);
  const refused = [
    {
      line: 2,
      address: "",
      outcome: "wrong" as const,
      code: "mailbox.over_quota",
      awaitsPassword: false,
      invitation: null,
    },
  ];
  expect(withAnswers(ready, "apply", refused, new Set([2]))[0]).toMatchObject({
    outcome: "wrong",
    code: refused[0]?.code,
  });
});

test("R75: a mailbox without a password keeps the link that came with its answer", () => {
  const row = { line: 2, address: "a@casa.example", displayName: "", quotaBytes: null, password: "" };
  const ready = toLines([row]).map((line) => ({ ...line, outcome: "ready" as const }));
  const invitation = { link: "https://mail.test/accept-invitation#x", expiresAt: "2026-01-08T00:00:00.000Z" };
  const answer = {
    line: 2,
    address: row.address,
    outcome: "created" as const,
    code: null,
    awaitsPassword: true,
    invitation,
  };
  const [made] = withAnswers(ready, "apply", [answer], new Set());
  expect(made).toMatchObject({ outcome: "created", invitation });
  const there = { ...answer, outcome: "exists" as const, awaitsPassword: true };
  const [found] = withAnswers(toLines([row]), "preview", [{ ...there, invitation: null }], new Set());
  expect(found?.outcome).toBe("uninvited");
  const asked = found ? [found] : [];
  // Also where the answer to the same question did not come before: it was there.
  expect(withAnswers(asked, "apply", [there], new Set([2]))).toMatchObject([{ outcome: "invited", invitation }]);
  const [settled] = withAnswers(asked, "apply", [{ ...there, invitation: null }], new Set());
  expect(settled?.outcome).toBe("exists");
});
