// RFC 5804 §2.1 AUTHENTICATE, RFC 4616 PLAIN
import { Failure } from "@casaforte/kernel";
import { bye, failureReply, no, ok } from "./reply.ts";
import { mayLogin, type Session } from "./session.ts";
import { SessionEnd } from "./wire.ts";

export async function authenticate(session: Session, [mechanism = "", initial]: readonly string[]): Promise<string> {
  if (mechanism.toUpperCase() !== "PLAIN") return no("The mechanism is not known");
  if (!mayLogin(session)) return no("Use TLS before you sign in", "ENCRYPT-NEEDED");
  const response = initial ?? (await challenge(session));
  if (response === null) return no("AUTHENTICATE cancelled");
  const plain = decodePlain(response);
  return plain ? signIn(session, plain) : no("Malformed SASL response");
}

/** An empty challenge; the client answers with one string. Null: it gave up. */
async function challenge({ wire, limits }: Session): Promise<string | null> {
  await wire.send('""\r\n');
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

async function signIn(session: Session, login: Plain): Promise<string> {
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
    session.failedLogins++;
    if (session.failedLogins < limits.failedLogins) return failureReply(error);
    await wire.send(bye(error.message));
    throw new SessionEnd("logout");
  }
}
