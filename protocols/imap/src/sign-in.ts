import { bearerRefusal, Failure, isBearerMechanism } from "@casaforte/kernel";
import type { AuthenticateRequest } from "./backend.ts";
import { capabilities } from "./capabilities.ts";
import { loginFailureReply } from "./failure-reply.ts";
import { SessionEnd } from "./input.ts";
import type { Session } from "./session.ts";

/** Tries a login; returns the tagged response. Ends the session after too many failures (RFC 9051 §11.2). */
export async function signIn(
  session: Session,
  login: Pick<AuthenticateRequest, "mechanism" | "user" | "password" | "authorizeAs">,
): Promise<string> {
  const { connection, limits, out } = session;
  try {
    const account = await session.backend.authenticate({
      ...login,
      ip: connection.remoteAddress,
      tls: connection.secure,
    });
    session.signIn(account);
    session.logger.info("imap.login", { mechanism: login.mechanism });
    return `OK [CAPABILITY ${capabilities(session)}] Signed in`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.logger.info("imap.login_refused", { mechanism: login.mechanism, code: error.code });
    if (isBearerMechanism(login.mechanism)) await sayWhere(session, error);
    // Nobody judged the password.
    if (error.kind === "unavailable" || error.kind === "cancelled") return loginFailureReply(error);
    session.failedLogins++;
    if (session.failedLogins < limits.failedLogins) return loginFailureReply(error);
    out.line(`* BYE Too many failed logins`);
    throw new SessionEnd("closed");
  }
}

/** RFC 7628 §3.2.2: a client whose token is refused is told where to get one, says something in its turn, and then is refused. */
async function sayWhere({ input, limits, options, out }: Session, { kind }: Failure): Promise<void> {
  if (!options.bearer || (kind !== "unauthenticated" && kind !== "forbidden")) return;
  const said = bearerRefusal(options.bearer, kind === "forbidden" ? "insufficient_scope" : "invalid_token");
  out.line(`+ ${Buffer.from(JSON.stringify(said)).toString("base64")}`);
  await input.line(limits.lineBytesBeforeLogin);
}

export const needsTls = "NO [PRIVACYREQUIRED] Use TLS before you sign in";
