// RFC 2449 §5 CAPA
import { type Handler, mayLogin } from "../session.ts";
import { mechanisms } from "./sign-in.ts";

/** What the server offers now. */
export const capa: Handler = (session) => {
  const { connection, channel } = session;
  const lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"];
  if (session.state.name === "authorization") {
    if (mayLogin(session)) lines.push("USER", `SASL ${mechanisms(session).join(" ")}`);
    if (!connection.secure && connection.startTls) lines.push("STLS");
  }
  channel.send("+OK Capabilities follow");
  for (const line of lines) channel.send(line);
  return ".";
};
