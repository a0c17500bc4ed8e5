import {
  type Actor,
  type Bytes,
  type Clock,
  Failure,
  newId,
  type PrincipalId,
  type Random,
  type TenantId,
} from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { tenancyLimits } from "./limits.ts";
import type { Note, NoteId } from "./note.ts";
import { readUndo, undoOf } from "./note-undo.ts";
import { selectTenant } from "./store.ts";
import { insertNote, removeNote, selectNote, selectNotes, selectNotesBy, updateNote } from "./store-notes.ts";

type Operator = Extract<Actor, { kind: "operator" }>;

export interface NotePage {
  readonly notes: readonly Note[];
  /** Give it back as `cursor` for the next, older page; null at the end. */
  readonly nextCursor: NoteId | null;
}

/** A customer's notes, newest first, a page at a time. @throws not_found `tenancy.no_tenant`. */
export async function listNotes(
  tx: OperatorTx,
  input: { readonly tenantId: TenantId; readonly cursor?: NoteId },
): Promise<NotePage> {
  if ((await selectTenant(tx, input.tenantId)) === null) throw noTenant();
  const count = tenancyLimits.notesListed;
  const rows = await selectNotes(tx, input.tenantId, input.cursor ?? null, count + 1);
  const notes = rows.slice(0, count);
  return { notes, nextCursor: rows.length > count ? (notes.at(-1)?.id ?? null) : null };
}

/** What one operator wrote about all customers, newest first, for the copy of what is kept about a person (R80). */
export const listNotesBy = (tx: OperatorTx, authorId: PrincipalId): Promise<Note[]> =>
  selectNotesBy(tx, authorId, tenancyLimits.notesOfPerson);

/**
 * Writes a note down. None about who has left: nothing would erase it. That it was written stands in the provider's log,
 * without its text; the customer's own tells nothing of it. @throws not_found `tenancy.no_tenant`, precondition
 * `tenancy.departed`, invalid `tenancy.note_text`.
 */
export async function addNote(
  tx: OperatorTx,
  actor: Operator,
  input: { readonly tenantId: TenantId; readonly text: string },
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<Note> {
  await holdTenant(tx, input.tenantId);
  const note: Note = {
    tenantId: input.tenantId,
    id: newId<NoteId>(clock, random),
    authorId: actor.principalId,
    text: noteText(input.text),
    writtenAt: new Date(clock.nowMs()),
    changedAt: null,
  };
  await insertNote(tx, note);
  await recordAudit(tx, actor, { action: "tenancy.note_added", ...about(note) });
  return note;
}

/** Changes the text of one's own note. @throws not_found `tenancy.no_note`, forbidden `tenancy.note_of_another`, invalid `tenancy.note_text`. */
export async function changeNote(
  tx: OperatorTx,
  actor: Operator,
  input: { readonly tenantId: TenantId; readonly id: NoteId; readonly text: string; readonly nowMs: number },
): Promise<Note> {
  const before = await requireNote(tx, input.tenantId, input.id);
  if (before.authorId !== actor.principalId) throw ofAnother();
  const note = { ...before, text: noteText(input.text), changedAt: new Date(input.nowMs) };
  await updateNote(tx, note);
  await recordAudit(tx, actor, { action: "tenancy.note_changed", ...about(note) });
  return note;
}

/** Who wrote a note may delete it, and legal, of whom somebody named in it asks that. */
export const mayDeleteNote = (actor: Operator, note: Pick<Note, "authorId">): boolean =>
  note.authorId === actor.principalId || actor.roles.includes("legal");

/**
 * Deletes a note for good. Returns what takes it back, see `restoreNote`.
 * @throws not_found `tenancy.no_note`, forbidden `tenancy.note_of_another`.
 */
export async function deleteNote(
  tx: OperatorTx,
  actor: Operator,
  input: { readonly tenantId: TenantId; readonly id: NoteId },
  { clock, secret }: { readonly clock: Clock; readonly secret: Bytes },
): Promise<string> {
  const note = await requireNote(tx, input.tenantId, input.id);
  if (!mayDeleteNote(actor, note)) throw ofAnother();
  await removeNote(tx, note.tenantId, note.id);
  await recordAudit(tx, actor, { action: "tenancy.note_deleted", ...about(note) });
  return undoOf(secret, { note, by: actor.principalId, atMs: clock.nowMs() });
}

/**
 * Gives back a note that the same operator deleted a moment ago, as it was. Twice is once.
 * @throws precondition `tenancy.note_undo`, `tenancy.departed`, not_found `tenancy.no_tenant`.
 */
export async function restoreNote(
  tx: OperatorTx,
  actor: Operator,
  input: { readonly tenantId: TenantId; readonly undo: string },
  { clock, secret }: { readonly clock: Clock; readonly secret: Bytes },
): Promise<Note> {
  const deleted = readUndo(secret, input.undo);
  if (
    deleted === null ||
    deleted.note.tenantId !== input.tenantId ||
    deleted.by !== actor.principalId ||
    clock.nowMs() - deleted.atMs > tenancyLimits.noteUndoMs
  )
    throw new Failure("precondition", "tenancy.note_undo", "this note cannot be taken back any more");
  await holdTenant(tx, input.tenantId);
  if (await insertNote(tx, deleted.note))
    await recordAudit(tx, actor, { action: "tenancy.note_restored", ...about(deleted.note) });
  return deleted.note;
}

/** Locked, so that nobody leaves meanwhile. */
async function holdTenant(tx: OperatorTx, tenantId: TenantId): Promise<void> {
  const tenant = await selectTenant(tx, tenantId, true);
  if (tenant === null) throw noTenant();
  if (tenant.state === "departed") throw new Failure("precondition", "tenancy.departed", "this tenant has departed");
}

const noTenant = () => new Failure("not_found", "tenancy.no_tenant", "there is no such tenant");
const ofAnother = () => new Failure("forbidden", "tenancy.note_of_another", "another operator wrote this note");

/** In the provider's own log, never in the customer's. */
const about = ({ tenantId, id }: Note) => ({ object: { kind: "note", id }, details: { tenant: tenantId } });

async function requireNote(tx: OperatorTx, tenantId: TenantId, id: NoteId): Promise<Note> {
  const note = await selectNote(tx, tenantId, id);
  if (note === null) throw new Failure("not_found", "tenancy.no_note", "there is no such note");
  return note;
}

function noteText(given: string): string {
  const text = given.trim();
  if (text.length === 0 || text.length > tenancyLimits.noteCharsMax || text.includes("\0"))
    throw new Failure("invalid", "tenancy.note_text", "a note has between one and 4,000 characters");
  return text;
}
