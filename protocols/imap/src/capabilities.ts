import { bearerMechanisms } from "@casaforte/kernel";
import type { Session } from "./session.ts";

/** What the server offers in this state (RFC 9051 §6.1.1). Every name here is whole. */
export function capabilities(session: Session): string {
  return session.isSignedIn ? signedIn(session) : greeting(session);
}

function greeting(session: Session): string {
  const names = ["IMAP4rev1", "IMAP4rev2", "LITERAL-", "ID", "ENABLE", "SASL-IR"];
  if (!session.connection.secure && session.connection.startTls) names.push("STARTTLS");
  names.push(session.mayLogin ? "AUTH=PLAIN" : "LOGINDISABLED");
  if (session.mayLogin && session.options.bearer) names.push(...bearerMechanisms.map((name) => `AUTH=${name}`));
  return names.join(" ");
}

function signedIn(session: Session): string {
  const { options, limits } = session;
  const names = [
    "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE",
    "UNSELECT UIDPLUS UIDONLY MOVE BINARY ESEARCH INPROGRESS MULTISEARCH CONTEXT=SEARCH NOTIFY PARTIAL REPLACE SEARCHRES WITHIN CONDSTORE QRESYNC STATUS=SIZE UTF8=ACCEPT MULTIAPPEND CATENATE",
    `OBJECTID QUOTA QUOTA=RES-STORAGE APPENDLIMIT=${limits.appendBytes}`,
  ];
  if (!session.isCompressed) names.push("COMPRESS=DEFLATE");
  if (options.sort) names.push("SORT SORT=DISPLAY ESORT CONTEXT=SORT");
  if (options.thread) names.push("THREAD=REFERENCES THREAD=ORDEREDSUBJECT");
  if (session.account.acl) names.push("ACL RIGHTS=texk");
  if (session.account.annotations) names.push("METADATA");
  if (session.account.jmap?.isOpenToLogin) names.push("JMAPACCESS");
  if (options.preview) names.push("PREVIEW");
  if (options.savedDate) names.push("SAVEDATE");
  return names.join(" ");
}
