/** Bounds of one JMAP session; the first group is announced in the session object (RFC 8620 §2). */
export const jmapLimits = {
  maxSizeUpload: 50_000_000,
  maxConcurrentUpload: 4,
  maxSizeRequest: 10_000_000,
  maxConcurrentRequests: 8,
  maxCallsInRequest: 32,
  maxObjectsInGet: 500,
  maxObjectsInSet: 500,
} as const;

/** Ids that one Email/query answers; a client that wants more pages. */
export const queryIdsMax = 2_000;

/** Changes that one /changes answers before it says `hasMoreChanges`. */
export const changesMax = 5_000;

/** Conditions, ids in their lists, and operators in one filter, all levels together. */
export const filterConditionsMax = 100;

/** Words and phrases that the text conditions of one filter look for, all levels together. */
export const filterWordsMax = 100;

/** Levels of FilterOperator. */
export const filterDepthMax = 10;

/** Comparators in one sort. */
export const sortComparatorsMax = 8;

/** Ids or values that one result reference may expand to. */
export const referenceValuesMax = 20_000;

/** Characters and steps of the path of one result reference. */
export const referencePathCharsMax = 1_000;
export const referencePathTokensMax = 32;

/** What all result references of one request bring, in characters of JSON, and items that they look through. */
export const referencedCharsMax = 4_000_000;

/** Parts of one message that are listed; the rest is left out. */
export const bodyPartsMax = 1_000;

/** Bytes of one decoded text part in `bodyValues`, whatever the client asks. */
export const bodyValueBytesMax = 5_000_000;

/** Properties that one Email/get or Email/parse names, and of its parts. */
export const emailPropertiesMax = 200;

/** What all emails that one request answers take, in characters of JSON. */
export const answeredCharsMax = 50_000_000;

/** Messages that one request opens, in octets together; a conversation with its attachments is one request. */
export const openedBytesMax = 500_000_000;

/** How often a queryChanges is tried again while its account goes on changing. */
export const queryChangesTriesMax = 4;

/** Messages of one Email/parse, in octets together. */
export const parseBytesMax = 50_000_000;

/** Messages inside one another that a blob id may point through. */
export const blobNestingMax = 5;

/** Bytes that Blob/upload makes of one object, and that one Blob/get answers; larger ones go by HTTP. */
export const blobDataBytesMax = 5_000_000;

/** Data sources of one Blob/upload object (RFC 9404 §3.1 asks for 64 at least). */
export const blobSourcesMax = 64;

/** Longest time that a submission may be held, in seconds (FUTURERELEASE, RFC 4865): 30 days. */
export const delayedSendSecondsMax = 30 * 24 * 3600;

/** Mailbox names, in octets of UTF-8. */
export const mailboxNameOctetsMax = 490;

/** Shortest and longest time between pings of the event source, in seconds. */
export const pingSecondsMin = 5;
export const pingSecondsMax = 300;

/** Addresses in one list of an identity, and characters of each address and name. */
export const identityAddressesMax = 50;
export const identityAddressCharsMax = 320;

/** Characters of a push subscription's address and of its client's id, and types that it may name. */
export const pushUrlCharsMax = 2_000;
export const deviceClientIdCharsMax = 255;
export const pushTypesMax = 32;

/** A snippet in octets with its marks (RFC 8621 §5), and what stands before its first match, in characters. */
export const snippetOctetsMax = 255;
export const snippetLeadChars = 60;

/** Octets of messages that one SearchSnippet/get opens, the words it looks for, and characters of one. */
export const snippetBytesMax = 10_000_000;
export const snippetWordsMax = 50;
export const snippetWordCharsMax = 100;
