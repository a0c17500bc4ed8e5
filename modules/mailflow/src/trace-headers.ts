import { isIPv6 } from "node:net";
import { type Bytes, utf8 } from "@casaforte/kernel";
import { formatRfc5322Date } from "./rfc5322-date.ts";

export interface ReceivedInput {
  readonly helo: string;
  /** Empty: a hand-over inside the house. */
  readonly remoteAddress: string;
  readonly hostname: string;
  readonly protocol: "ESMTP" | "ESMTPS" | "ESMTPSA" | "LMTP";
  readonly id: string;
  /** Given only when there is one: more would tell each the others, Bcc included. */
  readonly recipient: string | null;
  readonly atMs: number;
}

const word = (text: string) => text.replace(/[^\x21-\x27\x2a-\x5b\x5d-\x7e]/g, "?").slice(0, 255) || "unknown";

/** The Received field (RFC 5321 §4.4), folded, with its CRLF. */
export function receivedField(input: ReceivedInput): string {
  const literal = isIPv6(input.remoteAddress) ? `IPv6:${input.remoteAddress}` : input.remoteAddress;
  const lines = [
    ...(input.remoteAddress === "" ? [] : [`from ${word(input.helo)} ([${literal}])`]),
    `by ${input.hostname} with ${input.protocol} id ${input.id}`,
    ...(input.recipient === null ? [] : [`for <${input.recipient.replace(/[\s<>]/g, "?")}>`]),
  ];
  return `Received: ${lines.join("\r\n\t")};\r\n\t${formatRfc5322Date(input.atMs)}\r\n`;
}

/** Return-Path of the final delivery (RFC 5321 §4.4). */
export const returnPathField = (sender: string): string => `Return-Path: <${sender.replace(/[\s<>]/g, "?")}>\r\n`;

/** What goes on top of a message for a mailbox, in this order. */
export const traceHeaders = (parts: readonly string[]): Bytes => utf8(parts.join(""));
