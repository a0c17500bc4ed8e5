// RFC 9051 §6.3.1 ENABLE and Appendix A, RFC 7162 §3.1, RFC 6855 §3, RFC 9586 §3
import type { Handler } from "../command.ts";

/** Switches extensions on; names the server does not know are ignored. */
export const enable: Handler = (session, { cursor }) => {
  const { enabled } = session;
  const done: string[] = [];
  do {
    cursor.space();
    const name = cursor.atom("a capability").toUpperCase();
    if (name === "CONDSTORE") enabled.condstore = true;
    else if (name === "QRESYNC") {
      enabled.condstore = true;
      enabled.qresync = true;
    } else if (name === "UTF8=ACCEPT") enabled.utf8 = true;
    else if (name === "UIDONLY") enabled.uidOnly = true;
    else if (name === "IMAP4REV2") {
      enabled.rev2 = true;
      enabled.utf8 = true;
    } else continue;
    done.push(name === "IMAP4REV2" ? "IMAP4rev2" : name);
  } while (!cursor.atEnd);
  session.out.line(`* ENABLED${done.map((name) => ` ${name}`).join("")}`);
  return "OK ENABLE completed";
};
