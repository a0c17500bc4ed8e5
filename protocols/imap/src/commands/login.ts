// RFC 9051 §6.2.3 LOGIN
import type { Handler } from "../command.ts";
import { needsTls, signIn } from "../sign-in.ts";
import { decodeUtf8 } from "../syntax/text.ts";

/** User name and password in clear; refused without TLS. */
export const login: Handler = async (session, { cursor }) => {
  cursor.space();
  const user = decodeUtf8(cursor.astring("a user name"));
  cursor.space();
  const password = decodeUtf8(cursor.astring("a password"));
  cursor.end();
  if (!session.mayLogin) return needsTls;
  return signIn(session, { mechanism: "LOGIN", user, password });
};
