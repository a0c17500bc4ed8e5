import { Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { hashClientId, isRegisteredRedirect, placeOfRedirect, readProgramClient } from "./program-client.ts";
import { freshCode, hashCode } from "./program-secrets.ts";
import { assertFresh, assertStands, assertUnrestricted } from "./sessions.ts";
import { insertProgram, selectPrograms } from "./store-programs.ts";
import { tellProgram } from "./tell-program.ts";
import { type MailProtocol, mailProtocols, type Session } from "./types.ts";

/** A program's request as the browser brought it (RFC 6749 §4.1.1, RFC 7636 §4.3); everything in it may be made up. */
export interface ProgramRequest {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly response_type?: string | undefined;
  readonly scope?: string | undefined;
  readonly state?: string | undefined;
  readonly code_challenge?: string | undefined;
  readonly code_challenge_method?: string | undefined;
}

/** What the person is asked, or that the program asked for what is not given. */
export interface AskedProgram {
  readonly name: string;
  /** Where the answer goes: `localhost`, `org.example.mail`. */
  readonly place: string;
  readonly protocols: readonly MailProtocol[];
  /** Of RFC 6749 §4.1.2.1; null: the person may say yes. */
  readonly error: string | null;
  /** Where the browser takes the no, or the error, when the person clicks. */
  readonly refusedTo: string;
}

/** Names of scopes: the protocols, as app passwords name them. Others are passed over; none named is every one offered. */
export function protocolsOfScope(ctx: IdentityContext, scope: string | undefined): readonly MailProtocol[] {
  if (scope === undefined || scope.trim() === "") return ctx.offered;
  const named = new Set(scope.split(" "));
  return mailProtocols.filter((protocol) => named.has(protocol) && ctx.offered.includes(protocol));
}

function errorOf(request: ProgramRequest, protocols: readonly MailProtocol[]): string | null {
  if (request.response_type !== "code") return "unsupported_response_type";
  if ((request.state ?? "").length > identityLimits.programStateCharsMax) return "invalid_request";
  if (request.code_challenge_method !== "S256") return "invalid_request";
  if (!/^[A-Za-z0-9_-]{43}$/.test(request.code_challenge ?? "")) return "invalid_request";
  return protocols.length === 0 ? "invalid_scope" : null;
}

function answerTo(ctx: IdentityContext, request: ProgramRequest, answer: Readonly<Record<string, string>>): string {
  const state = request.state ?? "";
  const isKept = state !== "" && state.length <= identityLimits.programStateCharsMax;
  const query = new URLSearchParams({ ...answer, ...(isKept ? { state } : {}), iss: ctx.faces.mail.origin });
  return `${request.redirect_uri}${request.redirect_uri.includes("?") ? "&" : "?"}${query}`;
}

function assertMailAccount(session: Session): void {
  if (session.realm !== "mail")
    throw new Failure("forbidden", "identity.forbidden", "programs are let in to mail accounts");
  assertUnrestricted(session);
}

/**
 * What a program asks of the person who is signed in. @throws invalid `identity.program_unknown`, `identity.program_redirect`:
 * then nothing goes back to the program, because nobody knows where it is.
 */
export function askProgram(ctx: IdentityContext, session: Session, request: ProgramRequest): AskedProgram {
  assertMailAccount(session);
  const client = readProgramClient(ctx, request.client_id);
  if (!isRegisteredRedirect(client, request.redirect_uri))
    throw new Failure(
      "invalid",
      "identity.program_redirect",
      "the program wants its answer where it did not register it",
    );
  const protocols = protocolsOfScope(ctx, request.scope);
  const error = errorOf(request, protocols);
  return {
    name: client.name,
    place: placeOfRedirect(request.redirect_uri),
    protocols,
    error,
    refusedTo: answerTo(ctx, request, { error: error ?? "access_denied" }),
  };
}

/**
 * The person's yes (R53): returns where the browser takes the code, which is good once and for a minute. The mailbox and its
 * recovery address are told by mail, since it may be a thief with the password who says it.
 * @throws as askProgram; unauthenticated `identity.not_signed_in`; forbidden `identity.reauthentication_required`, `identity.two_factor_required`; precondition
 * `identity.program_request`; over_quota `identity.programs_full`.
 */
export async function allowProgram(
  ctx: IdentityContext,
  session: Session,
  request: ProgramRequest,
): Promise<{ readonly goTo: string }> {
  const asked = askProgram(ctx, session, request);
  assertFresh(ctx, session);
  if (asked.error !== null)
    throw new Failure("precondition", "identity.program_request", "the program asked for what is not given here");
  const code = freshCode(ctx.random);
  const [codeHash] = hashCode(ctx, code) ?? [];
  if (codeHash === undefined) throw new Error("a fresh code has the shape of one");
  const nowMs = ctx.clock.nowMs();
  const id = newId(ctx.clock, ctx.random);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const there = await selectPrograms(tx, session.principalId, new Date(nowMs));
    if (there.length >= identityLimits.programsMax)
      throw new Failure("over_quota", "identity.programs_full", "end the connection of a program first");
    await insertProgram(tx, {
      ...{ id, principalId: session.principalId, name: asked.name, protocols: asked.protocols, codeHash },
      clientHash: hashClientId(request.client_id),
      redirectUri: request.redirect_uri,
      codeChallenge: request.code_challenge ?? "",
      at: new Date(nowMs),
      endsAt: new Date(nowMs + identityLimits.programCodeMs),
    });
    await assertStands(ctx, tx, session);
    await recordAudit(tx, session.actor, {
      action: "identity.program_allowed",
      object: { kind: "principal", id: session.principalId },
      details: { id, name: asked.name, place: asked.place, protocols: [...asked.protocols] },
    });
    await tellProgram(ctx, tx, session, "program_allowed", {
      name: asked.name,
      ip: session.actor.kind === "system" ? "-" : session.actor.ip,
      protocols: asked.protocols.map((protocol) => protocol.toUpperCase()).join(", "),
    });
  });
  return { goTo: answerTo(ctx, request, { code }) };
}
