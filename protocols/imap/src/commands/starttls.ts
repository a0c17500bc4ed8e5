// RFC 9051 §6.2.1 STARTTLS
import type { Handler } from "../command.ts";

/**
 * Begins TLS. The tagged OK goes out in clear, so this handler prints it itself and returns nothing more. Whatever the
 * client sent after the command is thrown away: somebody on the line could have put it there (CVE-2011-0411).
 */
export const starttls: Handler = async (session, { cursor, tag }) => {
  cursor.end();
  const { connection, out, input } = session;
  if (connection.secure) return "BAD TLS is already active";
  if (!connection.startTls) return "BAD STARTTLS is not available";
  out.line(`${tag} OK Begin TLS now`);
  out.flush();
  input.clear();
  await connection.startTls();
  input.clear();
  return "";
};
