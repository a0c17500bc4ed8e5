// RFC 9051 §6.2.2 AUTHENTICATE, RFC 4616 PLAIN, RFC 7628 OAUTHBEARER (and XOAUTH2), RFC 4959 SASL-IR
import { isBearerMechanism, parseBearerResponse } from "@casaforte/kernel";
import type { Handler } from "../command.ts";
import { needsTls, signIn } from "../sign-in.ts";
import { SyntaxFailure } from "../syntax/syntax-failure.ts";
import { decodeUtf8 } from "../syntax/text.ts";

/** SASL PLAIN or an access token, with or without an initial response. */
export const authenticate: Handler = async (session, { cursor }) => {
  cursor.space();
  const mechanism = cursor.word("a mechanism");
  let response: string | null = null;
  if (cursor.take(" ") && !cursor.atEnd) response = cursor.rest().trimEnd();
  const isBearer = isBearerMechanism(mechanism) && Boolean(session.options.bearer);
  if (mechanism !== "PLAIN" && !isBearer) return "NO [CANNOT] Unknown mechanism";
  if (!session.mayLogin) return needsTls;
  if (response === null) {
    session.out.line("+ ");
    const frame = await session.input.line(session.limits.lineBytesBeforeLogin);
    if (frame.kind === "line_too_long" || frame.literal) throw new SyntaxFailure("Malformed SASL response");
    response = frame.text;
  }
  if (response === "*") return "BAD AUTHENTICATE cancelled";
  if (isBearer) {
    const login = parseBearerResponse(mechanism, response);
    if (login === null) throw new SyntaxFailure("Malformed SASL response");
    return signIn(session, { mechanism, user: login.user, password: login.token });
  }
  return signIn(session, { mechanism: "PLAIN", ...decodePlain(response === "=" ? "" : response) });
};

/** base64 of `authzid NUL authcid NUL password`. @throws SyntaxFailure. */
function decodePlain(base64: string): { user: string; password: string; authorizeAs?: string } {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new SyntaxFailure("The SASL response is not base64");
  const parts = decodeUtf8(Buffer.from(base64, "base64").toString("latin1")).split("\0");
  const [authorizeAs, user, password] = parts;
  if (parts.length !== 3 || !user || password === undefined) throw new SyntaxFailure("Malformed SASL PLAIN response");
  if (authorizeAs === undefined || authorizeAs === "" || authorizeAs === user) return { user, password };
  return { user, password, authorizeAs };
}
