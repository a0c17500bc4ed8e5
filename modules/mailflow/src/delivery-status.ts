import type { Bytes } from "@casaforte/kernel";
import { parseMessage, partText } from "@casaforte/mime";
import { parseHeaderFields } from "./header-section.ts";
import { mailflowLimits } from "./limits.ts";

/** What a delivery report says of one recipient (RFC 3464 §2.3). */
export interface ReportedRecipient {
  /** Where it went in the end, which need not be where it was sent; lower case. */
  readonly recipient: string;
  /** `failed`, `delayed`, `delivered`, `relayed`, `expanded`, or what a later standard knows; lower case. */
  readonly action: string;
  /** Enhanced status code (RFC 3463). Of a report that only says 5.0.0, the one in the server's words where they have one. */
  readonly status: string;
  /** The server's words, or the status. */
  readonly reply: string;
}

/**
 * The recipients of a delivery report (RFC 3464; in UTF-8 RFC 6533); none of any other message, be it an automatic answer or
 * one that has a report inside.
 */
export function readDeliveryStatus(bytes: Bytes): readonly ReportedRecipient[] {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { structure } = parseMessage(raw).index;
  if (structure.type !== "multipart" || structure.subtype !== "report") return [];
  const status = structure.parts?.find(({ type, subtype }) => type === "message" && statusTypes.has(subtype));
  if (status === undefined) return [];
  const groups = partText(raw, status)
    .replace(/\r?\n/g, "\r\n")
    .split(/\r\n(?:[ \t]*\r\n)+/);
  return groups.slice(0, mailflowLimits.bounceGroupsMax).flatMap(recipientIn);
}

const statusTypes: ReadonlySet<string> = new Set(["delivery-status", "global-delivery-status"]);

/** The recipient of a group of fields; none in the group about the message. */
function recipientIn(group: string): readonly ReportedRecipient[] {
  const { bounceFieldBytesMax } = mailflowLimits;
  const fields = parseHeaderFields(Buffer.from(`${group}\r\n`)).filter(({ raw }) => raw.length <= bounceFieldBytesMax);
  const said = (name: string) => fields.find((field) => field.name === name)?.value ?? "";
  const recipient = /^(?:rfc822|utf-8)\s*;\s*<?([^\s<>]+)>?$/i.exec(said("final-recipient"))?.[1];
  const status = /^[245]\.\d{1,3}\.\d{1,3}/.exec(said("status"))?.[0];
  if (recipient === undefined || status === undefined) return [];
  const words = said("diagnostic-code").replace(/^[\w-]+\s*;\s*/, "");
  const worded = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(words)?.[0];
  return [
    {
      recipient: recipient.toLowerCase(),
      action: said("action").toLowerCase(),
      status: status === "5.0.0" && worded !== undefined ? worded : status,
      reply: words === "" ? status : words,
    },
  ];
}
