// RFC 1939 §5 RETR, §7 TOP
import type { Bytes } from "@casaforte/kernel";
import { DotStuffer, TopFilter } from "../dot-stuffing.ts";
import { SessionEnd } from "../line-channel.ts";
import { messageIndex, transaction } from "../message-number.ts";
import type { Handler, Session } from "../session.ts";

/** The whole message, streamed. */
export const retr: Handler = async (session, argument) => {
  const index = messageIndex(session, argument);
  const { maildrop } = transaction(session);
  await sendMessage(session, index, { status: `+OK ${maildrop.sizesBytes[index] ?? 0} octets`, filter: null });
  return "";
};

/** The header and the first lines of the body; no more of the message is read than that. */
export const top: Handler = async (session, argument) => {
  const [number = "", lines = "", ...more] = argument.split(" ");
  if (!/^\d{1,10}$/.test(lines) || more.length > 0) return "-ERR TOP needs a message and a number of lines";
  const index = messageIndex(session, number);
  await sendMessage(session, index, { status: "+OK Top of message follows", filter: new TopFilter(Number(lines)) });
  return "";
};

async function sendMessage(
  session: Session,
  index: number,
  { status, filter }: { status: string; filter: TopFilter | null },
): Promise<void> {
  const { channel } = session;
  const { maildrop } = transaction(session);
  const body = await maildrop.read(index);
  channel.watch();
  channel.send(status);
  const stuffer = new DotStuffer();
  try {
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      for (const bytes of stuffer.push(pick(filter, piece))) channel.sendBytes(bytes);
      await channel.pressure();
      channel.check();
      if (filter?.isDone) break;
    }
  } catch (error) {
    // Half a message is on the wire: only ending the connection tells the client that it is not whole.
    if (!(error instanceof SessionEnd)) session.logger.error("pop3.message_broke", error);
    throw new SessionEnd("broken");
  }
  channel.sendBytes(stuffer.end());
}

function pick(filter: TopFilter | null, piece: Bytes): Bytes {
  return filter ? filter.push(piece) : piece;
}
