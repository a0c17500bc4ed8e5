import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { expect, test } from "vitest";
import { compileText } from "../../ui/kit/src/i18n/compile-text.ts";
import { repository } from "../support/product.ts";

type Texts = Readonly<Record<string, string>>;

/** Each file of Italian texts of the pages, with its English twin. */
const pairs: [name: string, italian: string, english: string][] = ["apps", "ui"].flatMap((top) =>
  readdirSync(join(repository, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(^|-)it\.ts$/.test(entry.name) && !/node_modules/.test(entry.parentPath))
    .map((entry): [string, string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [relative(repository, path), path, path.replace(/it\.ts$/, "en.ts")];
    }),
);

const textsOf = async (path: string): Promise<Texts> => Object.assign({}, ...Object.values(await import(path)));

/** The values that a message in ICU format is given, by name; a plural's branches are messages in their turn. */
function valuesIn(text: string): string[] {
  const names = new Set<string>();
  const readMessage = (tokens: unknown): void => {
    for (const token of Array.isArray(tokens) ? tokens : []) {
      if (!Array.isArray(token)) continue;
      const [name, , branches] = token as unknown[];
      names.add(String(name));
      if (typeof branches === "object" && branches !== null)
        for (const each of Object.values(branches)) readMessage(each);
    }
  };
  readMessage(compileMessage(text));
  return [...names].toSorted();
}

test.each(pairs)(
  "R96: %s says in English what it says in Italian: no text missing, none empty, the same values in each",
  async (_name, italian, english) => {
    const [it, en] = [await textsOf(italian), await textsOf(english)];
    expect(Object.keys(it).length).toBeGreaterThan(3);
    expect(Object.keys(en).toSorted()).toEqual(Object.keys(it).toSorted());
    for (const [id, text] of Object.entries(it)) {
      expect([text.trim(), en[id]?.trim()], id).not.toContain("");
      expect([text, en[id]], `${id} is shown raw`).not.toContain(id);
      expect(`${text} ${en[id]}`, `${id} has an apostrophe of a typewriter`).not.toMatch(/\p{L}'\p{L}/u);
      expect(valuesIn(en[id] ?? ""), id).toEqual(valuesIn(text));
    }
  },
);

/** Strings that follow each other are one: the format's parser cuts at what it need not. */
function joined(message: unknown): unknown {
  if (!Array.isArray(message)) return message;
  const tokens: unknown[] = [];
  for (const token of message as unknown[]) {
    const before = tokens.at(-1);
    if (typeof token === "string" && typeof before === "string" && token !== "#" && before !== "#")
      tokens[tokens.length - 1] = before + token;
    else if (Array.isArray(token) && typeof token[2] === "object")
      tokens.push([
        ...token.slice(0, 2),
        Object.fromEntries(Object.entries(token[2] as object).map(([key, each]) => [key, joined(each)])),
      ]);
    else tokens.push(token);
  }
  return tokens;
}

test("R96: every text is read by the pages as the format's own parser reads it", async () => {
  let withBranches = 0;
  for (const [, ...files] of pairs)
    for (const file of files)
      for (const [id, text] of Object.entries(await textsOf(file))) {
        const read = compileText(text);
        expect(joined(read), `${id} of ${file}`).toEqual(joined(compileMessage(text)));
        if (/plural|select/.test(JSON.stringify(read))) withBranches++;
      }
  expect(withBranches).toBeGreaterThan(100);
  // What is wrong is shown as it stands.
  for (const wrong of ["{", "}", "{a", "{a, plural, one {#}", "{a, plural, one}", "{}"])
    expect(compileText(wrong), wrong).toEqual([wrong]);
});

/** What modules and the server write to an audit log, by the name that stands in their source. */
function writtenActions(): string[] {
  const found = new Set<string>();
  for (const top of ["modules", "apps/server/src"])
    for (const entry of readdirSync(join(repository, top), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/(?<!\.test|\.test-support)\.ts$/.test(entry.name)) continue;
      if (/node_modules/.test(entry.parentPath)) continue;
      const source = readFileSync(join(entry.parentPath, entry.name), "utf8");
      for (const [, action = ""] of source.matchAll(/\baction: "([a-z_]+\.[a-z_]+)"/g)) found.add(action);
    }
  return [...found].toSorted();
}

test("R89, R96: whatever is written to an audit log has its sentence, so that nobody reads a code", async () => {
  const audit = pairs.filter(([name]) => name.startsWith("ui/kit/src/audit/"));
  const texts: Texts = Object.assign({}, ...(await Promise.all(audit.map(([, italian]) => textsOf(italian)))));
  const actions = writtenActions();
  expect(actions.length).toBeGreaterThan(150);
  expect(actions.filter((action) => !(`audit.action.${action}` in texts))).toEqual([]);
});

/** Words that would make a promise of a measurement, or money of an interruption. */
const promising =
  /garan[tz]|guarant|\bSLA\b|assicur|\bassur|\bensur|promett|promess|promis|rimbors|refund|indennizz|compensat|accredit/i;

test("R9: no text that speaks of availability or interruptions words them as a guarantee or pays for them", async () => {
  const speaking: string[] = [];
  for (const path of pairs.flatMap(([, italian, english]) => [italian, english]))
    for (const [id, text] of Object.entries(await textsOf(path)))
      if (/disponibil|availab|uptime|interru|outage/i.test(text)) {
        speaking.push(id);
        expect(text, id).not.toMatch(promising);
      }
  expect(speaking.length).toBeGreaterThan(0);
});

test("R96: every app and the kit have such texts", () => {
  for (const part of ["apps/console", "apps/operator", "apps/webmail", "ui/kit"])
    expect(pairs.filter(([name]) => name.startsWith(part)).length, part).toBeGreaterThan(0);
});
