import { unvettedLimits } from "@casaforte/contract/tenants";

/** Bounds of the mail store. */
export const mailboxLimits = {
  /** Accounts of an organisation that signed itself up, and the quota of each, until an operator has vetted it. */
  unvettedAccountsMax: unvettedLimits.mailAccounts,
  unvettedQuotaMax: BigInt(unvettedLimits.mailGigabytes) * 10n ** 9n,
  /** Messages of which an export reads the rows at a time. */
  exportPage: 500,
  /** One message; at least what the edges let in (APPENDLIMIT, SMTP SIZE). */
  messageBytesMax: 64 * 1024 * 1024,
  /** INTERNALDATE a client may ask for: years 1 to 9998, which every text form has room for. */
  receivedAtMsMin: -62_135_596_800_000,
  receivedAtMsMax: 253_370_764_799_999,
  /** Mailboxes of one account. */
  mailboxesMax: 2_000,
  /** UTF-8 bytes of a full mailbox name, and levels. */
  mailboxNameBytesMax: 1_000,
  mailboxLevelsMax: 20,
  /** Mailboxes one message may lie in (JMAP). */
  membershipsMax: 50,
  /** Different keywords of one account, keywords of one message, characters of one keyword. */
  keywordsMax: 500,
  keywordsPerMessageMax: 50,
  keywordCharsMax: 100,
  /** Messages of one append (MULTIAPPEND). */
  appendMax: 500,
  /** Changes of one account that go in one transaction. */
  writesTogetherMax: 32,
  /** UIDs are 31 bits here: nobody has seen two thousand million messages in one mailbox. */
  uidMax: 2_147_483_647,
  /** How long a session believes the process's view of a mailbox before the database is asked, if no hint came. */
  viewTrustMs: 1_000,
  /**
   * How long an open session of a mail program is believed to be allowed if no hint came (a lost connection of the bus has all
   * asked for as well), and how many are asked for at once. Of 10,000 sessions it is 33 questions a second.
   */
  doorTrustMs: 300_000,
  doorsAskedAtOnce: 8,
  /** How long an app password that came in by JMAP is believed to be the right one, and how many of them at once. */
  jmapLoginMs: 600_000,
  jmapLoginsKept: 20_000,
  /** Event streams of one person's programs, or of his webmail, in one process. */
  jmapListenersMax: 50,
  /** Changes and expunges that a view remembers; who is further behind is told from its columns or the database. */
  changesKept: 2_000,
  /** Views kept though nobody uses them, and bytes of them all, about. */
  idleViewsKept: 500,
  idleViewBytesKept: 32_000_000,
  /**
   * Bytes of the different combinations of flags that a view knows, and of those of all views together, about: at least 800 of
   * the longest ones, some 20,000 of usual ones. A view with more is given up, and so is the one with most where all have more.
   */
  viewFlagBytesMax: 8_000_000,
  /** Bytes of the keywords that one look at a mailbox, a page of a listing or one STORE tells of its messages: 100,000 with ten of usual length each. */
  labelBytesMax: 32_000_000,
  allViewFlagBytesMax: 256_000_000,
  /** From how many messages on a mailbox is worth a summary. */
  summaryMessagesMin: 2_000,
  /** After how many changes a summary is written anew, and with how many messages changed it is not worth reading. */
  summaryChangesKept: 500,
  summaryChangesMax: 5_000,
  /** How long a mailbox that an import or a large COPY filled waits for its summary, and how many of a tenant one run makes. */
  summariseEveryMs: 5 * 60 * 1000,
  summariesAtOnce: 100,
  /** Rows of the log of changes that one transaction of the hourly job deletes, old ones and superseded ones. */
  prunedChangesAtOnce: 20_000,
  supersededChangesAtOnce: 100,
  /** From how many UIDs on a row of that log goes before its time, if later rows tell all it told. */
  supersededUidsMin: 1_000,
  /** Facts of messages kept for FETCH, in one process. */
  factBytesKept: 48 * 1024 * 1024,
  /**
   * Bytes of the listings that one process keeps, about: at most a hundred a message and its keywords, so that half a million take some 50 MB. The
   * mailbox not listed for the longest time goes first; one that would not fit alone is listed by the database.
   */
  listingBytesKept: 128 * 1024 * 1024,
  /** Rows that a listing reads at a time; of a mailbox where more changed since it was listed all rows are read again. */
  listingRowsAtOnce: 5_000,
  /** Tests of messages and keywords that one answer of a listing may take, some 50 ms, 150 at worst; for more the database is asked. */
  listingStepsMax: 5_000_000,
  /** After how many changes of its account a mailbox that did not fit is read again, and how many such are known. */
  listingTriedAgainAfter: 1_000,
  listingsTooLargeKept: 1_000,
  /** Results of queries that a listing keeps for the next page, 4 bytes a message each. */
  listingResultsKept: 4,
  /** Of a longer question they are not kept: its text is kept beside them. */
  listingQuestionCharsMax: 4_000,
  /** From how many messages on the threads of a mailbox are counted by a listing. */
  threadsListedMin: 1_000,
  /** Mailboxes of which a process remembers how many threads they had when they last changed. */
  threadCountsKept: 20_000,
  /** Rows of one FETCH batch. */
  fetchBatch: 500,
  /** How long bytes stay that no message and no tombstone speaks of: uploads, appends that never came. */
  blobGraceMs: 24 * 60 * 60 * 1000,
  /**
   * Uploads of one account that no message uses yet, apart from its quota (RFC 8620 §6.1): ten of the largest. With more the oldest go,
   * so that nobody is kept from writing for a day; their clients may send them again.
   */
  uploadBytesMax: 500_000_000n,
  uploadsMax: 1_000,
  /** How long an expunged message can be brought back; its bytes and texts stay so long. Within `tombstoneDays`. */
  recoverDays: 14,
  /** Deleted messages of one page, and of one act of bringing back. */
  recoverPageMax: 100,
  /** How long tombstones stay before old clients get the whole list again. */
  tombstoneDays: 60,
  /** How long a deleted account can be called back. */
  deletedAccountDays: 30,
  /** How often quotas are looked at for warnings. */
  quotaNoticeMs: 10 * 60 * 1000,
  /** Annotations of one account (RFC 5464), and UTF-8 bytes of their names and values together. */
  annotationsMax: 1_000,
  annotationBytesMax: 1024 * 1024,
  /** People one account's mail is shared with. */
  sharesMax: 200,
  /** Shares of single mailboxes of one account. */
  folderSharesMax: 1_000,
  /** Shares of an account that its owner is told of by mail one by one, in a day (UTC); with the next he hears that no more are told. */
  sharesToldPerDay: 5,
  /** Rows of one page of accounts. */
  pageMax: 200,
  /** Characters of what should have been an address, told back. */
  shownAddressCharsMax: 320,
  /** Passwords that one import hashes at once; fewer than identity does, so that who signs in need not wait. */
  importHashesAtOnce: 2,
  /** A longer header is read from the blob. */
  headerBytesKept: 32 * 1024,
  /** Bodies together at most this long are stored before anybody asks whether there is room for them. */
  earlyStageBytesMax: 256 * 1024,
  /** Bodies at most this long come as one piece. */
  inlineBodyBytesMax: 256 * 1024,
  /** Push subscriptions of one account, those that ended within `pushEndedMs` too; none is made for a shorter time. */
  pushSubscriptionsMax: 20,
  pushEndedMs: 60 * 60 * 1000,
  /** Longest life of one without word of its client, and how long an address may go unconfirmed. */
  pushExpiryMs: 7 * 24 * 60 * 60 * 1000,
  pushConfirmMs: 24 * 60 * 60 * 1000,
  /** How often changes are looked for, how many subscriptions a look takes on, and how many are pushed to at once. */
  pushSweepMs: 5_000,
  pushSweepMax: 500,
  pushAtOnce: 16,
  /** Of one tenant at once, and for how long a look takes on more: slow addresses hold up neither others nor the next look. */
  pushAtOnceOfTenant: 4,
  pushSweepTakesMs: 10_000,
  /** Between two pushes to one address; in between changes gather. */
  pushGapMs: 10_000,
  /** How long a push service may take. */
  pushTimeoutMs: 3_000,
  /** A push that fails waits at first so long, then twice that and so on; after so many in a row the subscription ends. */
  pushRetryFirstMs: 60_000,
  pushRetryMaxMs: 6 * 60 * 60 * 1000,
  pushFailuresMax: 12,
  /** Newest messages of a mailbox that are looked at for an arrival. */
  pushArrivalsLookedAt: 50,
  /** Messages of one move into Junk or out of it that the filter learns from. */
  junkLessonsMax: 200,
} as const;
