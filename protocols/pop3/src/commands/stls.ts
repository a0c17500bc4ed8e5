// RFC 2595 §4 STLS
import type { Handler } from "../session.ts";

/** Begins TLS; everything received before the handshake is thrown away, since anybody could have sent it. */
export const stls: Handler = async (session) => {
  const { connection, channel } = session;
  if (connection.secure) return "-ERR TLS is already active";
  if (!connection.startTls) return "-ERR STLS is not available";
  channel.send("+OK Begin TLS now");
  channel.flush();
  channel.clear();
  await connection.startTls();
  channel.clear();
  session.state = { name: "authorization", user: null };
  return "";
};
