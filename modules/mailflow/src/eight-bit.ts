import type { Bytes } from "@casaforte/kernel";
import { readHeaderFields } from "./header-section.ts";
import type { SendResult } from "./send-result.ts";

/** What a message asks of a server that takes it. */
export interface EightBitMessage {
  readonly sender: string;
  readonly recipient: string;
  read(): AsyncIterable<Bytes>;
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
const hasEightBit = (bytes: Bytes): boolean => bytes.some((byte) => byte > 0x7f);

async function isHeaderEightBit(message: EightBitMessage): Promise<boolean> {
  return (await readHeaderFields(message.read())).some(({ raw }) => hasEightBit(raw));
}

async function isBodyEightBit(message: EightBitMessage): Promise<boolean> {
  for await (const chunk of message.read()) if (hasEightBit(chunk)) return true;
  return false;
}

/** `needsUtf8`: MAIL has to name SMTPUTF8, for an address or for the header (RFC 6531 §3.4). */
export type EightBitAnswer =
  | { readonly kind: "goes"; readonly needsUtf8: boolean }
  | { readonly kind: "refused"; readonly result: SendResult };

const refused = (status: string, reply: string): EightBitAnswer => ({
  kind: "refused",
  result: { kind: "failed", status, reply: `${status} ${reply}` },
});

/**
 * Whether a message may go to a server that offers `extensions`. Addresses or header fields outside ASCII go only where
 * SMTPUTF8 is offered (RFC 6531 §3.2; 5.6.7, 5.6.9), a body of eight bits only where 8BITMIME is (RFC 6152 §3; 5.6.3):
 * what was signed is not converted, and comes back to its sender.
 */
export async function eightBitOf(message: EightBitMessage, extensions: readonly string[]): Promise<EightBitAnswer> {
  const isAddress = !isAscii(message.sender) || !isAscii(message.recipient);
  const offersUtf8 = extensions.includes("SMTPUTF8");
  if (isAddress && !offersUtf8) return refused("5.6.7", "the server takes no addresses outside ASCII (no SMTPUTF8)");
  const needsUtf8 = isAddress || (await isHeaderEightBit(message));
  if (needsUtf8 && !offersUtf8) return refused("5.6.9", "the server takes no header outside ASCII (no SMTPUTF8)");
  if (!extensions.includes("8BITMIME") && (await isBodyEightBit(message)))
    return refused("5.6.3", "the server takes no text of eight bits (no 8BITMIME)");
  return { kind: "goes", needsUtf8 };
}
