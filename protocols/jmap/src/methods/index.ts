import { changesMax } from "../limits.ts";
import { changesAnswer, type Method } from "../method.ts";
import { blobGet, blobLookup, blobUpload } from "./blob.ts";
import { blobCopy, emailCopy } from "./copy.ts";
import { emailGet } from "./email-get.ts";
import { emailImport } from "./email-import.ts";
import { emailParse } from "./email-parse.ts";
import { emailQuery } from "./email-query.ts";
import { emailSet } from "./email-set.ts";
import { identityChanges, identityGet, identitySet } from "./identity.ts";
import { mailboxGet, mailboxQuery } from "./mailbox-get.ts";
import { mailboxSet } from "./mailbox-set.ts";
import { pushSubscriptionGet, pushSubscriptionSet } from "./push-subscription.ts";
import { emailQueryChanges, mailboxQueryChanges, submissionQueryChanges } from "./query-changes.ts";
import { quotaChanges, quotaGet, quotaQuery, quotaQueryChanges } from "./quota.ts";
import { searchSnippetGet } from "./search-snippet.ts";
import { submissionGet, submissionSet } from "./submission.ts";
import { submissionQuery } from "./submission-query.ts";
import { threadGet } from "./thread.ts";
import { vacationGet, vacationSet } from "./vacation.ts";

const changes =
  (type: "Mailbox" | "Email" | "Thread" | "EmailSubmission"): Method =>
  async (call) => [[`${type}/changes`, await changesAnswer(call, type, changesMax)]];

const mailboxChanges: Method = async (call) => [
  ["Mailbox/changes", { ...(await changesAnswer(call, "Mailbox", changesMax)), updatedProperties: null }],
];

/** Every method this server knows; whatever is not here is `unknownMethod`. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["Core/echo", async (call) => [["Core/echo", call.args]]],
  ["PushSubscription/get", pushSubscriptionGet],
  ["PushSubscription/set", pushSubscriptionSet],
  ["Mailbox/get", mailboxGet],
  ["Mailbox/changes", mailboxChanges],
  ["Mailbox/query", mailboxQuery],
  ["Mailbox/queryChanges", mailboxQueryChanges],
  ["Mailbox/set", mailboxSet],
  ["Thread/get", threadGet],
  ["Thread/changes", changes("Thread")],
  ["Email/get", emailGet],
  ["Email/changes", changes("Email")],
  ["Email/query", emailQuery],
  ["Email/queryChanges", emailQueryChanges],
  ["Email/set", emailSet],
  ["Email/import", emailImport],
  ["Email/copy", emailCopy],
  ["Email/parse", emailParse],
  ["SearchSnippet/get", searchSnippetGet],
  ["Identity/get", identityGet],
  ["Identity/changes", identityChanges],
  ["Identity/set", identitySet],
  ["EmailSubmission/get", submissionGet],
  ["EmailSubmission/changes", changes("EmailSubmission")],
  ["EmailSubmission/query", submissionQuery],
  ["EmailSubmission/queryChanges", submissionQueryChanges],
  ["EmailSubmission/set", submissionSet],
  ["VacationResponse/get", vacationGet],
  ["VacationResponse/set", vacationSet],
  ["Quota/get", quotaGet],
  ["Quota/changes", quotaChanges],
  ["Quota/query", quotaQuery],
  ["Quota/queryChanges", quotaQueryChanges],
  ["Blob/get", blobGet],
  ["Blob/lookup", blobLookup],
  ["Blob/upload", blobUpload],
  ["Blob/copy", blobCopy],
]);
