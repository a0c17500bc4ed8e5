import type { AppendMessage, AppendResult, StagedMessage } from "@casaforte/imap";
import { assert } from "@casaforte/kernel";
import type { AppendMessagesResult, MessageToAppend } from "./append-message.ts";
import type { IngestedMessage } from "./ingest-message.ts";

/** A message whose bytes are kept and read, and that lies in no mailbox yet. */
export class Staged implements StagedMessage {
  readonly sizeBytes: number;
  readonly message: IngestedMessage;

  constructor(message: IngestedMessage) {
    this.sizeBytes = Number(message.blob.size);
    this.message = message;
  }
}

/** As the store takes it. */
export function toMessage({ staged, flags, internalDateMs }: AppendMessage): MessageToAppend {
  assert(staged instanceof Staged, "an append takes what was staged here");
  return { message: staged.message, flags, ...(internalDateMs === null ? {} : { receivedAtMs: internalDateMs }) };
}

/** As IMAP tells it; each message has one place. */
export function toAppendResult({ messages }: AppendMessagesResult): AppendResult {
  const places = messages.flatMap((message) => message.uids);
  return { uidValidity: places[0]?.uidvalidity ?? 0, uids: Uint32Array.from(places, (place) => place.uid) };
}
