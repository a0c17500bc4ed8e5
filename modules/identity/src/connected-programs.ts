import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { placeOfRedirect } from "./program-client.ts";
import { deleteProgram, selectPrograms } from "./store-programs.ts";
import type { MailProtocol, Session } from "./types.ts";

/** A program that the person let in, as the person sees it. */
export interface ConnectedProgram {
  readonly id: string;
  readonly name: string;
  /** Where its answers went: `localhost`, `org.example.mail`. */
  readonly place: string;
  readonly protocols: readonly MailProtocol[];
  readonly connectedAt: Date;
  /** When it ends unless it comes again. */
  readonly endsAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedProtocol: MailProtocol | null;
}

function assertMailAccount(session: Session): void {
  if (session.realm !== "mail")
    throw new Failure("forbidden", "identity.forbidden", "programs are let in to mail accounts");
}

/** The account's connected programs with their last use (R53). */
export async function listPrograms(ctx: IdentityContext, session: Session): Promise<readonly ConnectedProgram[]> {
  assertMailAccount(session);
  const rows = await ctx.db.tenant(
    session.tenantId,
    (tx) => selectPrograms(tx, session.principalId, new Date(ctx.clock.nowMs())),
    { readOnly: true },
  );
  return rows.flatMap(({ connectedAt, redirectUri, ...row }) =>
    connectedAt === null ? [] : [{ ...row, connectedAt, place: placeOfRedirect(redirectUri) }],
  );
}

/** Ends the connection of a program everywhere at once. @throws not_found `identity.no_program`. */
export async function removeProgram(ctx: IdentityContext, session: Session, id: string): Promise<void> {
  assertMailAccount(session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const name = await deleteProgram(tx, session.principalId, id);
    if (name === null) throw new Failure("not_found", "identity.no_program", "there is no such program");
    announceChange(ctx, tx, session.principalId);
    await recordAudit(tx, session.actor, {
      action: "identity.program_removed",
      object: { kind: "principal", id: session.principalId },
      details: { id, name },
    });
  });
}
