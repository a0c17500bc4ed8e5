import { mechanisms } from "./authenticate.ts";
import { quote } from "./reply.ts";
import { mayLogin, type Session } from "./session.ts";

/** RFC 5804 §1.7. Mechanisms are named only where a password may travel. */
export function capabilities(session: Session): string {
  const { backend, connection, scripts, serverName } = session;
  const lines = [
    `"IMPLEMENTATION" ${quote(serverName)}`,
    `"SASL" ${quote(scripts === null && mayLogin(session) ? mechanisms(session).join(" ") : "")}`,
    `"SIEVE" ${quote(backend.extensions.join(" "))}`,
    ...(connection.secure || !connection.startTls ? [] : ['"STARTTLS"']),
    `"MAXREDIRECTS" "${backend.redirectsMax}"`,
    ...(scripts === null ? [] : [`"OWNER" ${quote(scripts.name)}`]),
    '"VERSION" "1.0"',
  ];
  return `${lines.join("\r\n")}\r\n`;
}
