import { indexMessage } from "./index-message.ts";
import type { ParsedMessage } from "./message-index.ts";
import { summarise } from "./summarise.ts";

/** Everything that is kept of a message beside its bytes, computed once at arrival. Never throws on any bytes. */
export function parseMessage(bytes: Uint8Array): ParsedMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const index = indexMessage(buffer);
  return { index, summary: summarise(buffer, index) };
}
