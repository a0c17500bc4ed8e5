import { createHmac, timingSafeEqual } from "node:crypto";
import { type Bytes, type PrincipalId, parseId, type TenantId } from "@casaforte/kernel";
import type { Note, NoteId } from "./note.ts";

/** A note that was deleted, by whom and when. */
export interface DeletedNote {
  readonly note: Note;
  readonly by: PrincipalId;
  readonly atMs: number;
}

const macOf = (secret: Bytes, body: string): Buffer =>
  createHmac("sha256", secret).update(`deleted note ${body}`).digest();

/** What gives a deleted note back: the note itself, signed, since nothing of it is kept here. `body.mac` in base64url. */
export function undoOf(secret: Bytes, deleted: DeletedNote): string {
  const body = Buffer.from(JSON.stringify(deleted)).toString("base64url");
  return `${body}.${macOf(secret, body).toString("base64url")}`;
}

/** Null: we did not make it. */
export function readUndo(secret: Bytes, undo: string): DeletedNote | null {
  const [body = "", mac = ""] = undo.split(".");
  const [ours, given] = [macOf(secret, body), Buffer.from(mac, "base64url")];
  if (given.length !== ours.length || !timingSafeEqual(given, ours)) return null;
  const { note, by, atMs } = JSON.parse(Buffer.from(body, "base64url").toString());
  return {
    note: {
      tenantId: parseId<TenantId>(note.tenantId),
      id: parseId<NoteId>(note.id),
      authorId: parseId<PrincipalId>(note.authorId),
      text: String(note.text),
      writtenAt: new Date(note.writtenAt),
      changedAt: note.changedAt === null ? null : new Date(note.changedAt),
    },
    by: parseId<PrincipalId>(by),
    atMs: Number(atMs),
  };
}
