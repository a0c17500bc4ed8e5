import {
  type Actor,
  newId,
  type OperatorRole,
  type PrincipalId,
  providerTenantId,
  type TenantId,
  utf8,
} from "@casaforte/kernel";
import { migrations as auditMigrations, listAudit } from "@casaforte/modules/audit";
import { migrations as baseMigrations, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addNote,
  changeNote,
  createTenant,
  deleteNote,
  listNotes,
  listNotesBy,
  migrations,
  type NoteId,
  restoreNote,
  tenancyLimits,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(17);
const undo = { clock, secret: utf8("a secret of thirty-two bytes ....") };
const operator = (...roles: OperatorRole[]): Extract<Actor, { kind: "operator" }> => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles,
  ip: "192.0.2.1",
});
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([baseMigrations, migrations, auditMigrations]);
});
afterAll(() => database?.close());

async function make(name: string): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  const system: Actor = { kind: "system", name: "test" };
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, nowMs: clock.nowMs() }));
  return tenantId;
}
const write = async (author: Extract<Actor, { kind: "operator" }>, tenantId: TenantId, text: string) => {
  await clock.advance(1_000);
  return database.db.operator((tx) => addNote(tx, author, { tenantId, text }, { clock, random }));
};
const textsOf = async (tenantId: TenantId, cursor?: NoteId) => {
  const page = await database.db.operator((tx) => listNotes(tx, { tenantId, ...(cursor ? { cursor } : {}) }));
  return { texts: page.notes.map(({ text }) => text), nextCursor: page.nextCursor };
};

test("O2: notes of one customer come newest first, a page at a time, and never with another's", async () => {
  const [a, b] = [await make("Alfa"), await make("Beta")];
  const ada = operator("support");
  await write(ada, b, "of another");
  const many = Array.from({ length: tenancyLimits.notesListed + 1 }, (_, index) => `note ${index}`);
  for (const text of many) await write(ada, a, text);
  const newest = many.toReversed();
  const first = await textsOf(a);
  expect(first.texts).toEqual(newest.slice(0, -1));
  expect(await textsOf(a, first.nextCursor ?? undefined)).toEqual({ texts: ["note 0"], nextCursor: null });
  expect((await textsOf(b)).texts).toEqual(["of another"]);
  const own = await database.db.operator((tx) => listNotesBy(tx, ada.principalId));
  expect(own.map(({ text }) => text)).toEqual([...newest, "of another"]);
  await expect(textsOf(newId<TenantId>(clock, random))).rejects.toMatchObject({ code: "tenancy.no_tenant" });
});

test("R50: the role that consoles run under reaches no note, not even of its own tenant", async () => {
  const a = await make("Alfa");
  const { id } = await write(operator("support"), a, "for us alone");
  for (const statement of [
    `select body from tenancy_notes where tenant_id = '${a}'`,
    `update tenancy_notes set body = 'x' where id = '${id}'`,
    `delete from tenancy_notes where id = '${id}'`,
  ])
    await expect(
      database.db.tenant(a, (tx) => tx.sql.unsafe(statement)),
      statement,
    ).rejects.toMatchObject({ code: "42501" });
});

test("R74: who wrote a note changes it; who wrote it, or legal, deletes it; the log says so without its text, to the provider alone", async () => {
  const [a, b] = [await make("Alfa"), await make("Beta")];
  const [ada, bea, lea] = [operator("support"), operator("billing", "security"), operator("legal")];
  const note = await write(ada, a, "  prefers a call  ");
  expect(note).toMatchObject({ text: "prefers a call", authorId: ada.principalId, changedAt: null });
  const change = (who: typeof ada, tenantId: TenantId) =>
    database.db.operator((tx) =>
      changeNote(tx, who, { tenantId, id: note.id, text: "prefers mail", nowMs: clock.nowMs() }),
    );
  const remove = (who: typeof ada, tenantId = a) =>
    database.db.operator((tx) => deleteNote(tx, who, { tenantId, id: note.id }, undo));
  const ofAnother = { kind: "forbidden", code: "tenancy.note_of_another" };
  await expect(change(bea, a)).rejects.toMatchObject(ofAnother);
  await expect(change(lea, a)).rejects.toMatchObject(ofAnother);
  await expect(remove(bea)).rejects.toMatchObject(ofAnother);
  await expect(change(ada, b)).rejects.toMatchObject({ kind: "not_found", code: "tenancy.no_note" });
  await expect(remove(ada, b)).rejects.toMatchObject({ code: "tenancy.no_note" });
  expect(await change(ada, a)).toMatchObject({ text: "prefers mail", changedAt: new Date(clock.nowMs()) });
  expect((await textsOf(a)).texts).toEqual(["prefers mail"]);
  await remove(lea);
  expect((await textsOf(a)).texts).toEqual([]);

  const log = (tenantId: TenantId) =>
    database.db.operator((tx) => listAudit(tx, { tenantId, objectKind: "note", objectId: note.id }));
  const { entries } = await log(providerTenantId);
  expect(entries.map(({ action, details }) => [action, details])).toEqual(
    ["tenancy.note_deleted", "tenancy.note_changed", "tenancy.note_added"].map((action) => [action, { tenant: a }]),
  );
  expect((await log(a)).entries).toEqual([]);
});

test("R74: a deleted note is gone at once, and who deleted it, nobody else, takes it back as it was, for a minute", async () => {
  const [a, b] = [await make("Alfa"), await make("Beta")];
  const [ada, lea, leo] = [operator("support"), operator("legal"), operator("legal")];
  const { id } = await write(ada, a, "rings at noon");
  await database.db.operator((tx) =>
    changeNote(tx, ada, { tenantId: a, id, text: "rings before noon", nowMs: clock.nowMs() }),
  );
  const notes = () => database.db.operator((tx) => listNotes(tx, { tenantId: a }));
  const before = await notes();
  const remove = () => database.db.operator((tx) => deleteNote(tx, lea, { tenantId: a, id }, undo));
  const restore = (who: typeof ada, token: string, tenantId = a) =>
    database.db.operator((tx) => restoreNote(tx, who, { tenantId, undo: token }, undo));
  const token = await remove();
  expect((await notes()).notes).toEqual([]);
  const refused = { kind: "precondition", code: "tenancy.note_undo" };
  const [body = "", mac = ""] = token.split(".");
  const forged = Buffer.from(Buffer.from(body, "base64url").toString().replace("rings", "never")).toString("base64url");
  for (const [who, given, tenantId] of [
    [leo, token, a],
    [ada, token, a],
    [lea, token, b],
    [lea, `${forged}.${mac}`, a],
    [lea, body, a],
  ] as const)
    await expect(restore(who, given, tenantId)).rejects.toMatchObject(refused);
  for (let times = 0; times < 2; times++) expect(await restore(lea, token)).toEqual(before.notes[0]);
  expect(await notes()).toEqual(before);
  const again = await remove();
  await clock.advance(tenancyLimits.noteUndoMs + 1);
  await expect(restore(lea, again)).rejects.toMatchObject(refused);
  expect((await notes()).notes).toEqual([]);
  const log = await database.db.operator((tx) =>
    listAudit(tx, { tenantId: providerTenantId, objectKind: "note", objectId: id }),
  );
  const acts = ["deleted", "restored", "deleted", "changed", "added"].map((act) => [
    `tenancy.note_${act}`,
    { tenant: a },
  ]);
  expect(log.entries.map(({ action, details }) => [action, details])).toEqual(acts);
});

test("O2: a note has between one and four thousand characters", async () => {
  const a = await make("Alfa");
  const ada = operator("infra");
  for (const text of ["", " \n ", "x".repeat(tenancyLimits.noteCharsMax + 1), "a\0b"])
    await expect(write(ada, a, text)).rejects.toMatchObject({ kind: "invalid", code: "tenancy.note_text" });
  expect((await write(ada, a, "x".repeat(tenancyLimits.noteCharsMax))).text).toHaveLength(4_000);
});
