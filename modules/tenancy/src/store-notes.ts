import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Note, NoteId } from "./note.ts";

const columns = (tx: OperatorTx) =>
  tx.sql`tenant_id as "tenantId", id, author_id as "authorId", body as text, written_at as "writtenAt", changed_at as "changedAt"`;

/** False: it is there. */
export async function insertNote(tx: OperatorTx, note: Note): Promise<boolean> {
  const added = await tx.sql`insert into tenancy_notes (tenant_id, id, author_id, body, written_at, changed_at)
    values (${note.tenantId}, ${note.id}, ${note.authorId}, ${note.text}, ${note.writtenAt}, ${note.changedAt})
    on conflict do nothing`;
  return added.count > 0;
}

/** Newest first: ids grow with time. */
export async function selectNotes(
  tx: OperatorTx,
  tenantId: TenantId,
  before: NoteId | null,
  count: number,
): Promise<Note[]> {
  return tx.sql<Note[]>`select ${columns(tx)} from tenancy_notes
    where tenant_id = ${tenantId} and (${before}::uuid is null or id < ${before}::uuid) order by id desc limit ${count}`;
}

export async function selectNote(tx: OperatorTx, tenantId: TenantId, id: NoteId): Promise<Note | null> {
  const [row] = await tx.sql<Note[]>`select ${columns(tx)} from tenancy_notes
    where tenant_id = ${tenantId} and id = ${id} for update`;
  return row ?? null;
}

/** Of all customers, newest first. */
export async function selectNotesBy(tx: OperatorTx, authorId: PrincipalId, count: number): Promise<Note[]> {
  return tx.sql<Note[]>`select ${columns(tx)} from tenancy_notes
    where author_id = ${authorId} order by id desc limit ${count}`;
}

export async function updateNote(tx: OperatorTx, note: Note): Promise<void> {
  await tx.sql`update tenancy_notes set body = ${note.text}, changed_at = ${note.changedAt}
    where tenant_id = ${note.tenantId} and id = ${note.id}`;
}

export async function removeNote(tx: OperatorTx, tenantId: TenantId, id: NoteId): Promise<void> {
  await tx.sql`delete from tenancy_notes where tenant_id = ${tenantId} and id = ${id}`;
}
