import { createHash } from "node:crypto";
import type { Identity } from "@casaforte/modules/identity";
import type { Person } from "../security/world.test-support.ts";

export const verifier = "a-verifier-that-nobody-else-has-0123456789-abcdefg";
export const redirect = "http://127.0.0.1:49152/answer";
/** S256 of RFC 7636 §4.2. */
export const challengeOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** A program that the mailbox's person let in for these scopes: registered, allowed, its code brought. */
export async function connectProgram(identity: Identity, person: Person, password: string, scope: string) {
  const { clientId } = identity.registerProgram({ name: "Posta di Prova", redirectUris: ["http://127.0.0.1/answer"] });
  const entered = await identity.signIn({
    ...{ realm: "mail", login: person.login, password },
    ...{ ip: "127.0.0.1", userAgent: "test", deviceCookie: null },
  });
  if (entered.step !== "signed_in") throw new Error("expected a session");
  const { goTo } = await identity.allowProgram(entered.session, {
    ...{ client_id: clientId, redirect_uri: redirect, response_type: "code", scope },
    code_challenge: challengeOf(verifier),
    code_challenge_method: "S256",
  });
  const code = new URL(goTo).searchParams.get("code") ?? "";
  const tokens = await identity.exchangeProgramCode({
    ...{ code, clientId, redirectUri: redirect, verifier, ip: "127.0.0.1" },
  });
  const [program] = (await identity.listPrograms(entered.session)).toReversed();
  return { ...tokens, session: entered.session, end: () => identity.removeProgram(entered.session, program?.id ?? "") };
}
