/** Bounds on what a client may ask for. Sizes in bytes, times in milliseconds. */
export interface ImapLimits {
  /** One line without its literals, before and after login. */
  readonly lineBytesBeforeLogin: number;
  readonly lineBytes: number;
  /** One literal that is not a message, before and after login. */
  readonly literalBytesBeforeLogin: number;
  readonly literalBytes: number;
  /** All lines and literals of one command together, without messages. */
  readonly commandBytes: number;
  /** Literals in one command. */
  readonly literalsPerCommand: number;
  /** Largest message of APPEND (APPENDLIMIT, RFC 7889), and all that the URLs of one command bring. */
  readonly appendBytes: number;
  /** Messages in one MULTIAPPEND. */
  readonly appendMessages: number;
  /** Parts of one CATENATE; bytes of its texts and of the headers whose fields it takes, which wait in memory for the last. */
  readonly catenateParts: number;
  readonly catenateTextBytes: number;
  /** Depth of parentheses in SEARCH, and keys in one SEARCH. */
  readonly searchDepth: number;
  readonly searchKeys: number;
  /** Names in one mailbox filter, filters in one command, and mailboxes that one ESEARCH looks into (RFC 7377). */
  readonly filterMailboxes: number;
  readonly mailboxFilters: number;
  readonly searchMailboxes: number;
  /** Mailboxes of whose messages one session is told by NOTIFY (RFC 5465). */
  readonly notifyMailboxes: number;
  /** Results that one session follows (RFC 5267). */
  readonly searchContexts: number;
  /**
   * Messages in all of these, and in those of SORT alone, which are sorted anew where one comes: 4 bytes each. Then in those of
   * all sessions that share a `FollowBudget`.
   */
  readonly searchContextMessages: number;
  readonly sortContextMessages: number;
  readonly sharedContextMessages: number;
  /** Messages that changed at once, of which the store is asked whether they are in a followed result. */
  readonly contextChanges: number;
  /** Items in one FETCH and levels in one part number. */
  readonly fetchItems: number;
  readonly partLevels: number;
  /** Names of header fields in one FETCH item. */
  readonly headerFields: number;
  /** Keywords in one STORE or APPEND, and letters of one. */
  readonly keywords: number;
  readonly keywordLength: number;
  /** Entries of one GETMETADATA or SETMETADATA, letters of a name, bytes of a value (RFC 5464). */
  readonly annotations: number;
  readonly annotationNameLength: number;
  readonly annotationBytes: number;
  /** Patterns of one LIST, and letters of a mailbox name or pattern. */
  readonly listPatterns: number;
  readonly mailboxNameLength: number;
  /** Levels of a mailbox name. */
  readonly mailboxLevels: number;
  /** BAD answers before the connection ends, before and after login. */
  readonly badCommandsBeforeLogin: number;
  readonly badCommands: number;
  readonly failedLogins: number;
  /** Silence before login, after it (RFC 9051 §5.4: at least 30 minutes). */
  readonly loginTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** How often IDLE asks the store although no hint came, since hints may be lost. */
  readonly idlePollMs: number;
  /** How often IDLE says `* OK Still here` to keep middleboxes from forgetting the connection. */
  readonly stillHereMs: number;
  /** How often a command that goes on says so (RFC 9585 §3: ten to fifteen seconds). */
  readonly progressMs: number;
  /** Bodies read ahead of the client in one FETCH: messages and bytes. */
  readonly readAheadMessages: number;
  readonly readAheadBytes: number;
  /** UIDs of one question to the store when bodies are fetched or \Seen is set. */
  readonly fetchBatch: number;
}

/** UIDs of what changed last that a session remembers; where more did, it looks through its columns. */
export const changesRemembered = 256;

const minuteMs = 60_000;

export const defaultLimits: ImapLimits = {
  lineBytesBeforeLogin: 8_192,
  lineBytes: 65_536,
  literalBytesBeforeLogin: 4_096,
  literalBytes: 65_536,
  commandBytes: 262_144,
  literalsPerCommand: 128,
  appendBytes: 64 * 1024 * 1024,
  appendMessages: 1_000,
  catenateParts: 1_000,
  catenateTextBytes: 8 * 1024 * 1024,
  searchDepth: 16,
  searchKeys: 512,
  filterMailboxes: 256,
  mailboxFilters: 32,
  searchMailboxes: 1_000,
  notifyMailboxes: 1_000,
  searchContexts: 8,
  searchContextMessages: 200_000,
  sortContextMessages: 20_000,
  sharedContextMessages: 10_000_000,
  contextChanges: 10_000,
  fetchItems: 128,
  partLevels: 64,
  headerFields: 256,
  keywords: 64,
  keywordLength: 128,
  annotations: 64,
  annotationNameLength: 250,
  annotationBytes: 32_768,
  listPatterns: 64,
  mailboxNameLength: 1_000,
  mailboxLevels: 32,
  badCommandsBeforeLogin: 5,
  badCommands: 50,
  failedLogins: 5,
  loginTimeoutMs: 3 * minuteMs,
  idleTimeoutMs: 30 * minuteMs,
  idlePollMs: minuteMs,
  stillHereMs: 2 * minuteMs,
  progressMs: 15_000,
  readAheadMessages: 8,
  readAheadBytes: 1024 * 1024,
  fetchBatch: 512,
};
