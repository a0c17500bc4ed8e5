// RFC 1939 §5 STAT, LIST; §7 UIDL
import type { Maildrop } from "../backend.ts";
import { messageIndex, transaction } from "../message-number.ts";
import type { Handler, Session } from "../session.ts";

/** Messages left and their bytes. */
export const stat: Handler = (session) => {
  const { maildrop, deleted } = transaction(session);
  let count = 0;
  let bytes = 0;
  for (let index = 0; index < maildrop.uids.length; index++) {
    if (deleted.has(index)) continue;
    count++;
    bytes += maildrop.sizesBytes[index] ?? 0;
  }
  return `+OK ${count} ${bytes}`;
};

export const list: Handler = (session, argument) =>
  listing(session, argument, (maildrop, index) => String(maildrop.sizesBytes[index] ?? 0));

export const uidl: Handler = (session, argument) =>
  listing(session, argument, (maildrop, index) => maildrop.uniqueId(index));

/** Lines gathered before they become bytes. */
const linesPerPiece = 1024;

async function listing(
  session: Session,
  argument: string,
  describe: (maildrop: Maildrop, index: number) => string,
): Promise<string> {
  const { maildrop, deleted } = transaction(session);
  if (argument !== "") {
    const index = messageIndex(session, argument);
    return `+OK ${index + 1} ${describe(maildrop, index)}`;
  }
  const { channel } = session;
  channel.send("+OK List follows");
  let lines: string[] = [];
  for (let index = 0; index < maildrop.uids.length; index++) {
    if (!deleted.has(index)) lines.push(`${index + 1} ${describe(maildrop, index)}`);
    if (lines.length < linesPerPiece) continue;
    channel.send(lines.join("\r\n"));
    lines = [];
    await channel.pressure();
  }
  if (lines.length > 0) channel.send(lines.join("\r\n"));
  return ".";
}
