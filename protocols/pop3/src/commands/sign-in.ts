// RFC 1939 §7 USER and PASS, RFC 5034 AUTH, RFC 4616 PLAIN, RFC 7628 OAUTHBEARER (and XOAUTH2)
import { bearerMechanisms, bearerRefusal, Failure, isBearerMechanism, parseBearerResponse } from "@casaforte/kernel";
import type { AuthenticateRequest } from "../backend.ts";
import { failureReply } from "../failure-reply.ts";
import { SessionEnd } from "../line-channel.ts";
import { type Handler, mayLogin, type Session } from "../session.ts";

const needsTls = "-ERR [AUTH] Use TLS before you sign in";

/** Keeps the name for PASS; says nothing about whether it exists. */
export const user: Handler = (session, argument) => {
  if (!mayLogin(session)) return needsTls;
  if (argument === "") return "-ERR USER needs a name";
  session.state = { name: "authorization", user: decode(argument) };
  return "+OK Send your password";
};

export const pass: Handler = (session, argument) => {
  if (!mayLogin(session)) return needsTls;
  if (session.state.name !== "authorization" || session.state.user === null) return "-ERR USER comes first";
  const name = session.state.user;
  session.state = { name: "authorization", user: null };
  return signIn(session, { mechanism: "USER", user: name, password: decode(argument) });
};

/** What AUTH takes here. */
export const mechanisms = ({ bearer }: Session): readonly string[] => ["PLAIN", ...(bearer ? bearerMechanisms : [])];

/** SASL PLAIN or an access token, with or without an initial response; AUTH alone lists the mechanisms. */
export const auth: Handler = async (session, argument) => {
  const [name = "", initial, ...more] = argument.split(" ");
  const mechanism = name.toUpperCase();
  if (argument === "") {
    session.channel.send("+OK Mechanisms follow");
    if (mayLogin(session)) for (const each of mechanisms(session)) session.channel.send(each);
    return ".";
  }
  if (!mechanisms(session).includes(mechanism) || more.length > 0) return "-ERR Unknown mechanism";
  if (!mayLogin(session)) return needsTls;
  let response: string | null = initial ?? null;
  if (response === null) {
    session.channel.send("+ ");
    response = await session.channel.line();
  }
  if (response === null || response === "*") return "-ERR AUTH cancelled";
  if (isBearerMechanism(mechanism)) {
    const shown = parseBearerResponse(mechanism, response);
    if (shown === null) return "-ERR Malformed SASL response";
    return signIn(session, { mechanism, user: shown.user, password: shown.token });
  }
  const plain = decodePlain(response);
  return plain ? signIn(session, { mechanism: "PLAIN", ...plain }) : "-ERR Malformed SASL response";
};

type Login = Pick<AuthenticateRequest, "mechanism" | "user" | "password" | "authorizeAs">;

async function signIn(session: Session, login: Login): Promise<string> {
  const { connection, limits, channel } = session;
  try {
    const maildrop = await session.backend.authenticate({
      ...login,
      ip: connection.remoteAddress,
      tls: connection.secure,
    });
    session.state = { name: "transaction", maildrop, deleted: new Set() };
    session.logger = session.logger.with({ account: maildrop.name });
    if (maildrop.ended?.aborted) signOut(session);
    else maildrop.ended?.addEventListener("abort", () => signOut(session), { once: true });
    session.logger.info("pop3.login", { mechanism: login.mechanism, messages: maildrop.uids.length });
    return `+OK ${maildrop.uids.length} messages`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.logger.info("pop3.login_refused", { mechanism: login.mechanism, code: error.code });
    if (isBearerMechanism(login.mechanism)) await sayWhere(session, error);
    // Nobody judged the password.
    if (error.kind === "unavailable" || error.kind === "cancelled") return failureReply(error);
    session.failedLogins++;
    if (session.failedLogins < limits.failedLogins) return failureReply(error);
    channel.send(failureReply(error));
    throw new SessionEnd("closed");
  }
}

/** RFC 7628 §3.2.2: a client whose token is refused is told where to get one, says something in its turn, and then is refused. */
async function sayWhere({ bearer, channel }: Session, { kind }: Failure): Promise<void> {
  if (bearer === null || (kind !== "unauthenticated" && kind !== "forbidden")) return;
  const said = bearerRefusal(bearer, kind === "forbidden" ? "insufficient_scope" : "invalid_token");
  channel.send(`+ ${Buffer.from(JSON.stringify(said)).toString("base64")}`);
  await channel.line();
}

function signOut({ channel, logger, busy, connection, state }: Session): void {
  if (state.name !== "transaction") return;
  logger.info("pop3.signed_out");
  channel.interrupt("signed_out");
  // A long answer would go on.
  if (busy) connection.close();
}

function decode(binary: string): string {
  return Buffer.from(binary, "latin1").toString("utf8");
}

function decodePlain(base64: string): { user: string; password: string; authorizeAs?: string } | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  const parts = Buffer.from(base64, "base64").toString("utf8").split("\0");
  const [authorizeAs = "", name, password] = parts;
  if (parts.length !== 3 || !name || password === undefined) return null;
  return authorizeAs === "" || authorizeAs === name ? { user: name, password } : { user: name, password, authorizeAs };
}
