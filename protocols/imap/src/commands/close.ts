// RFC 9051 §6.4.1 CLOSE, §6.4.2 UNSELECT, RFC 7162 §3.2.8
import type { Handler } from "../command.ts";

/** Expunges silently, unless read-only, and leaves the mailbox. */
export const close: Handler = async (session, { cursor }) => {
  cursor.end();
  const { mailbox, readOnly } = session.selected;
  let modseq = "";
  if (!readOnly) {
    const { modseqAfter, vanished } = await mailbox.expunge(null);
    if (session.enabled.qresync && vanished.length > 0) modseq = `[HIGHESTMODSEQ ${modseqAfter}] `;
  }
  await session.unselect();
  return `OK ${modseq}CLOSE completed`;
};

/** Leaves the mailbox as it is. */
export const unselect: Handler = async (session, { cursor }) => {
  cursor.end();
  await session.unselect();
  return "OK UNSELECT completed";
};
