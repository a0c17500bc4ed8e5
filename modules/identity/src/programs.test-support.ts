import { createHash } from "node:crypto";
import type { TenantTx } from "@casaforte/platform/db";
import { caller, goodPassword, type IdentityBench } from "./identity-bench.test-support.ts";
import type { ProgramTokens } from "./program-tokens.ts";
import type { MailProtocol, Session } from "./types.ts";

export const verifier = "a-verifier-of-this-test-that-is-long-enough-0123456789";
export const challenge = createHash("sha256").update(verifier).digest("base64url");
export const redirect = "http://127.0.0.1:49152/answer";
export const ip = "192.0.2.77";

/** The session of a mailbox that signs in with its password now. */
export async function mailSession(bench: IdentityBench, login: string): Promise<Session> {
  const result = await bench.identity.signIn({ realm: "mail", login, password: goodPassword, ...caller });
  if (result.step !== "signed_in") throw new Error("expected a session");
  return result.session;
}

/** A program that is registered as Thunderbird would be. */
export const clientOf = (bench: IdentityBench, name = "Posta di Prova"): string =>
  bench.identity.registerProgram({ name, redirectUris: ["http://127.0.0.1/answer"] }).clientId;

export const requestOf = (clientId: string, scope: string) => ({
  ...{ client_id: clientId, redirect_uri: redirect, response_type: "code", scope, state: "s1" },
  ...{ code_challenge: challenge, code_challenge_method: "S256" },
});

/** The code that the browser would take to the program. */
export async function codeFor(
  bench: IdentityBench,
  session: Session,
  clientId: string,
  scope: string,
): Promise<string> {
  const { goTo } = await bench.identity.allowProgram(session, requestOf(clientId, scope));
  return new URL(goTo).searchParams.get("code") ?? "";
}

export const exchange = (bench: IdentityBench, code: string, clientId: string): Promise<ProgramTokens> =>
  bench.identity.exchangeProgramCode({ code, clientId, redirectUri: redirect, verifier, ip });

/** A program let in to the mailbox, from the yes to its first tokens. */
export async function connect(
  bench: IdentityBench,
  login: string,
  ...protocols: readonly MailProtocol[]
): Promise<ProgramTokens & { readonly clientId: string; readonly session: Session; readonly code: string }> {
  const session = await mailSession(bench, login);
  const clientId = clientOf(bench);
  const code = await codeFor(bench, session, clientId, protocols.join(" "));
  return { ...(await exchange(bench, code, clientId)), clientId, session, code };
}

/** `in`, or the code of the refusal. */
export const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "in",
    (error: { code: string }) => error.code,
  );

/** Begins `acts` and waits until each either waits for this transaction or is over. Returns how they end. */
export async function heldBy(tx: TenantTx, ...acts: readonly (() => Promise<unknown>)[]): Promise<Promise<string>[]> {
  let over = 0;
  const ends = acts.map((act) => codeOf(act()).finally(() => over++));
  // Of several that want one row, some wait behind another that waits.
  const waiting = () =>
    tx.sql`with recursive waiting as (
        select distinct pid, pg_blocking_pids(pid) as others from pg_locks where not granted),
      held as (select pid from waiting where pg_backend_pid() = any(others)
        union select waiting.pid from waiting join held on held.pid = any(others))
      select pid from held`;
  while ((await waiting()).length + over < acts.length);
  return ends;
}
