import type { AccountInfo, Backend } from "./backend.ts";
import { blobDataBytesMax, blobSourcesMax, delayedSendSecondsMax, jmapLimits, mailboxNameOctetsMax } from "./limits.ts";

export const capabilities = {
  core: "urn:ietf:params:jmap:core",
  mail: "urn:ietf:params:jmap:mail",
  submission: "urn:ietf:params:jmap:submission",
  vacation: "urn:ietf:params:jmap:vacationresponse",
  blob: "urn:ietf:params:jmap:blob",
  quota: "urn:ietf:params:jmap:quota",
  vapid: "urn:ietf:params:jmap:webpush-vapid",
  /** Ours: an Identity says in `sender` who is named in Sender of what is written with it; null: nobody. */
  sender: "urn:casaforte:jmap:sender",
} as const;

/** Where the edge serves the four resources; the templates are those of RFC 8620 §2, relative addresses allowed. */
export interface SessionUrls {
  readonly apiUrl: string;
  readonly downloadUrl: string;
  readonly uploadUrl: string;
  readonly eventSourceUrl: string;
}

/** The session object of RFC 8620 §2. `state` changes only when accounts or limits do. */
export async function sessionObject(backend: Backend, urls: SessionUrls): Promise<Readonly<Record<string, unknown>>> {
  const accounts = await backend.accounts();
  const personal = accounts.find((account) => account.isPersonal) ?? accounts[0];
  const primaryAccounts: Record<string, string> = {};
  if (personal !== undefined) {
    for (const capability of [
      capabilities.mail,
      capabilities.submission,
      capabilities.vacation,
      capabilities.blob,
      capabilities.quota,
    ]) {
      primaryAccounts[capability] = personal.id;
    }
  }
  return {
    capabilities: {
      [capabilities.core]: { ...jmapLimits, collationAlgorithms: ["i;unicode-casemap"] },
      [capabilities.mail]: {},
      [capabilities.submission]: {},
      [capabilities.vacation]: {},
      [capabilities.blob]: {},
      [capabilities.quota]: {},
      [capabilities.sender]: {},
      ...(backend.push === undefined
        ? {}
        : { [capabilities.vapid]: { applicationServerKey: backend.push.applicationServerKey } }),
    },
    accounts: Object.fromEntries(accounts.map((account) => [account.id, accountObject(account)])),
    primaryAccounts,
    username: backend.username,
    ...urls,
    state: sessionState(backend, accounts),
  };
}

/** What is done in one's own name only. */
const personalCapabilities = {
  [capabilities.submission]: {
    maxDelayedSend: delayedSendSecondsMax,
    submissionExtensions: { FUTURERELEASE: [String(delayedSendSecondsMax)] },
  },
  [capabilities.vacation]: {},
  [capabilities.sender]: {},
};

function accountObject(account: AccountInfo): Readonly<Record<string, unknown>> {
  return {
    name: account.name,
    isPersonal: account.isPersonal,
    isReadOnly: account.isReadOnly,
    accountCapabilities: {
      [capabilities.core]: {},
      [capabilities.mail]: {
        maxMailboxesPerEmail: null,
        maxMailboxDepth: null,
        maxSizeMailboxName: mailboxNameOctetsMax,
        maxSizeAttachmentsPerEmail: jmapLimits.maxSizeUpload,
        emailQuerySortOptions: ["receivedAt", "sentAt", "from", "to", "subject", "size", "hasKeyword"],
        mayCreateTopLevelMailbox: account.mayManage,
      },
      ...(account.isPersonal ? personalCapabilities : {}),
      [capabilities.blob]: {
        maxSizeBlobSet: blobDataBytesMax,
        maxDataSources: blobSourcesMax,
        supportedTypeNames: ["Email", "Thread", "Mailbox"],
        supportedDigestAlgorithms: ["sha", "sha-256"],
      },
      [capabilities.quota]: {},
    },
  };
}

/** A short text that differs when the accounts differ, or the key that push services know (RFC 9749 §5). */
export function sessionState({ push }: Pick<Backend, "push">, accounts: readonly AccountInfo[]): string {
  let hash = 0x811c9dc5;
  const told = JSON.stringify(accounts) + (push?.applicationServerKey ?? "");
  for (const char of told) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(16);
}
