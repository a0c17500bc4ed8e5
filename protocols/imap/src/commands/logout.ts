// RFC 9051 §6.1.3 LOGOUT
import type { Handler } from "../command.ts";

/** Says goodbye; the loop closes the connection after the tagged OK. */
export const logout: Handler = async (session, { cursor }) => {
  cursor.end();
  session.out.line("* BYE Logging out");
  await session.end();
  return "OK LOGOUT completed";
};
