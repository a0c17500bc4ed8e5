import { capabilities } from "../session.ts";

const capabilityOfType: Readonly<Record<string, string>> = {
  Mailbox: capabilities.mail,
  Thread: capabilities.mail,
  Email: capabilities.mail,
  SearchSnippet: capabilities.mail,
  Identity: capabilities.submission,
  EmailSubmission: capabilities.submission,
  VacationResponse: capabilities.vacation,
  Quota: capabilities.quota,
  Blob: capabilities.blob,
};

/** What a request must be `using` for that method to exist (RFC 8620 §3.3). Blob/copy is the core's (§6.3). */
export const capabilityOf = (method: string): string =>
  method === "Blob/copy" ? capabilities.core : (capabilityOfType[method.split("/")[0] ?? ""] ?? capabilities.core);
