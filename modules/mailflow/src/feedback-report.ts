import { type Bytes, newId } from "@casaforte/kernel";
import { leafParts, parseMessage, partText } from "@casaforte/mime";
import { resolveRecipient } from "@casaforte/modules/domains";
import { type HeaderField, parseHeaderFields, shownValue } from "./header-section.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import type { AbuseCase, AbuseCaseId } from "./store-abuse.ts";

/** True for a feedback report by its top header (RFC 5965 §2). */
export const isFeedbackReport = (fields: readonly HeaderField[]): boolean => {
  const type = fields.find(({ name }) => name === "content-type")?.value ?? "";
  return /^multipart\/report\b/i.test(type) && /report-type\s*=\s*"?feedback-report\b/i.test(type);
};

const section = (text: string) => parseHeaderFields(Buffer.from(text.replace(/\r?\n/g, "\r\n"), "utf8"));
const short = (text: string) => text.replace(/\p{Cc}+/gu, " ").slice(0, mailflowLimits.shownTextMax);

/**
 * Reads a feedback report into a case. The account it names is a hint for people: anybody can write a report, so it stops
 * nobody by itself. Null when the report is broken: then it is only mail to the abuse desk.
 */
export async function readFeedbackReport(services: MailflowServices, bytes: Bytes): Promise<AbuseCase | null> {
  const said = feedbackIn(bytes);
  if (said === null) return null;
  return {
    ...said,
    id: newId<AbuseCaseId>(services.clock, services.random),
    receivedAt: new Date(services.clock.nowMs()),
    accused: await accountOf(services, said.originalSender),
    state: "open",
  };
}

/** What a feedback report says (RFC 5965 §3); null when it says nothing that can be read. */
export function feedbackIn(bytes: Bytes): Omit<AbuseCase, "id" | "receivedAt" | "accused" | "state"> | null {
  const raw = Buffer.from(bytes);
  const { index } = parseMessage(raw);
  let report: readonly HeaderField[] = [];
  let original: readonly HeaderField[] = [];
  for (const { part } of leafParts(index.structure)) {
    const kind = `${part.type}/${part.subtype}`;
    if (kind === "message/feedback-report") report = section(partText(raw, part));
    if (kind === "message/rfc822" || kind === "text/rfc822-headers")
      original = section(partText(raw, part).split(/\r?\n\r?\n/)[0] ?? "");
  }
  if (report.length === 0) return null;
  const top = parseHeaderFields(raw.subarray(0, index.structure.headerSizeBytes));
  const said = (name: string) => short(report.find((one) => one.name === name)?.value ?? "");
  const sender = addressIn(said("original-mail-from")) || addressIn(shownValue(original, "from"));
  return {
    feedbackType: said("feedback-type") || "abuse",
    reporter: shownValue(top, "from"),
    sourceIp: said("source-ip"),
    originalSender: sender,
    originalMessageId: short(original.find(({ name }) => name === "message-id")?.value ?? ""),
    subject: shownValue(original, "subject"),
  };
}

const addressIn = (text: string): string => /([^\s<>"]+@[^\s<>"]+)/.exec(text)?.[1]?.toLowerCase() ?? "";

async function accountOf(services: MailflowServices, address: string): Promise<AbuseCase["accused"]> {
  if (address === "") return null;
  const found = await services.db
    .lookup((tx) => resolveRecipient(tx, address), { readOnly: true })
    .catch(() => ({ kind: "unknown" as const }));
  if (found.kind !== "found" || !("mailAccountId" in found) || found.mailAccountId === null) return null;
  return { tenantId: found.tenantId, mailAccountId: found.mailAccountId };
}
