// RFC 5804 §2.1 AUTHENTICATE, RFC 4616 PLAIN, RFC 7628 OAUTHBEARER (and XOAUTH2)
import { bearerMechanisms, bearerRefusal, Failure, isBearerMechanism, parseBearerResponse } from "@casaforte/kernel";
import type { AuthenticateRequest } from "./backend.ts";
import { bye, failureReply, no, ok, quote } from "./reply.ts";
import { mayLogin, type Session } from "./session.ts";
import { SessionEnd } from "./wire.ts";

/** What AUTHENTICATE takes here. */
export const mechanisms = ({ bearer }: Session): readonly string[] => ["PLAIN", ...(bearer ? bearerMechanisms : [])];

export async function authenticate(session: Session, [name = "", initial]: readonly string[]): Promise<string> {
  const mechanism = name.toUpperCase();
  if (!mechanisms(session).includes(mechanism)) return no("The mechanism is not known");
  if (!mayLogin(session)) return no("Use TLS before you sign in", "ENCRYPT-NEEDED");
  const response = initial ?? (await challenge(session, ""));
  if (response === null) return no("AUTHENTICATE cancelled");
  if (isBearerMechanism(mechanism)) {
    const shown = parseBearerResponse(mechanism, response);
    if (shown === null) return no("Malformed SASL response");
    return signIn(session, { mechanism, user: shown.user, password: shown.token });
  }
  const plain = decodePlain(response);
  return plain ? signIn(session, { mechanism: "PLAIN", ...plain }) : no("Malformed SASL response");
}

/** A challenge; the client answers with one string. Null: it gave up. */
async function challenge({ wire, limits }: Session, said: string): Promise<string | null> {
  await wire.send(`${quote(said)}\r\n`);
  const answer = await wire.command({ lineBytes: limits.lineBytes, literalBytes: limits.loginLiteralBytes });
  if ("refusal" in answer || answer.arguments.length > 0) return null;
  return answer.name === "*" ? null : answer.written;
}

interface Plain {
  readonly user: string;
  readonly password: string;
  readonly authorizeAs?: string;
}

function decodePlain(base64: string): Plain | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  const parts = Buffer.from(base64, "base64").toString("utf8").split("\0");
  const [authorizeAs = "", user, password] = parts;
  if (parts.length !== 3 || !user || password === undefined) return null;
  return authorizeAs === "" || authorizeAs === user ? { user, password } : { user, password, authorizeAs };
}

async function signIn(session: Session, login: Omit<AuthenticateRequest, "ip" | "tls">): Promise<string> {
  const { backend, connection, limits, wire } = session;
  try {
    const scripts = await backend.authenticate({ ...login, ip: connection.remoteAddress, tls: connection.secure });
    session.scripts = scripts;
    const { ended } = scripts;
    if (ended?.aborted) wire.interrupt("signed_out");
    else ended?.addEventListener("abort", () => wire.interrupt("signed_out"), { once: true });
    session.logger = session.logger.with({ account: scripts.name });
    session.logger.info("managesieve.login", {});
    return ok("Welcome");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.logger.info("managesieve.login_refused", { code: error.code });
    // RFC 7628 §3.2.2: who shows a token is told where to get one, says something in its turn, and then is refused.
    if (session.bearer && isBearerMechanism(login.mechanism) && /^(unauthenticated|forbidden)$/.test(error.kind)) {
      const status = error.kind === "forbidden" ? "insufficient_scope" : "invalid_token";
      const said = JSON.stringify(bearerRefusal(session.bearer, status));
      await challenge(session, Buffer.from(said).toString("base64"));
    }
    // Nobody judged the password.
    if (error.kind === "unavailable" || error.kind === "cancelled") return failureReply(error);
    session.failedLogins++;
    if (session.failedLogins < limits.failedLogins) return failureReply(error);
    await wire.send(bye(error.message));
    throw new SessionEnd("logout");
  }
}
