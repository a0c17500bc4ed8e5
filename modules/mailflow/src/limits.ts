/** Named limits of the module. Times in milliseconds. */
export const mailflowLimits = {
  /** Messages up to this size are checked in memory; bigger ones are spooled to the blob store. */
  memoryBytesMax: 1024 * 1024,
  headerBytesMax: 512 * 1024,
  /** Messages of one tenant that one transaction puts into mailboxes, and such transactions at once. */
  arrivalsTogetherMax: 32,
  arrivalLanesMax: 2,
  inboxesKnownMax: 10_000,
  /** How long RCPT believes what it knows of an account's room. The append has the last word. */
  roomKnownMs: 2_000,
  roomsKnownMax: 10_000,
  /** Forwards from tenant to tenant behind one another. */
  hopsMax: 3,
  /** Recipients one account may send to in an hour. */
  recipientsPerHour: 500,
  /** Tests of delivery that a customer may ask for in an hour. */
  deliveryTestsPerHour: 20,
  /** Addresses outside that one test may reach: it leaves in the provider's name. */
  testForwardsMax: 3,
  /** Refused recipients in an hour, as a multiple of the limit, after which the account is stopped. */
  stopAtLimitTimes: 2,
  /** All accounts of one domain together. */
  recipientsPerHourOfDomain: 5_000,
  /** First wait, longest wait and whole patience with a destination. */
  retryFirstMs: 5 * 60_000,
  retryMaxMs: 4 * 3_600_000,
  patienceMs: 5 * 24 * 3_600_000,
  /** Times that a try may fail on our side before it counts. */
  sendFaultsMax: 3,
  /** Messages under way of a closed domain that are looked at in one go. */
  endedAtOnce: 200,
  /** Sessions at once to one destination, from all processes of the installation together. */
  perDestinationMax: 4,
  busyDestinationWaitMs: 5_000,
  exchangesMax: 5,
  /** TLSA records of one server that are looked at, and certificates that it may show. */
  tlsaRecordsMax: 20,
  shownCertificatesMax: 12,
  connectMsMax: 30_000,
  greetingMsMax: 60_000,
  replyMsMax: 300_000,
  dnsMsMax: 15_000,
  /** All look-ups and checks of one incoming message; afterwards it is taken unchecked. */
  authenticationMsMax: 20_000,
  /**
   * One look-up of them: a packet may be lost on the way. One for the policy of the domain in From, and all the others together;
   * names, and signatures checked.
   */
  lookupMsMax: 5_000,
  policyLookupMsMax: 8_000,
  namesMsMax: 10_000,
  namesMax: 100,
  signaturesMax: 10,
  /** Block lists: patience with one look-up, and how long its answer holds. */
  listingMsMax: 3_000,
  listingKnownMs: 10 * 60_000,
  listingsKnownMax: 10_000,
  /** How often lists are asked about our own addresses, and characters of a list's words that are kept. */
  ownAddressesMs: 3_600_000,
  listingWordsMax: 500,
  /** rspamd and clamd: patience with one message. */
  filterMsMax: 30_000,
  filterReplyBytesMax: 256 * 1024,
  /** Lessons of each kind before the account's own filter judges; words of a message that count; clues it weighs. */
  bayesLessonsMin: 5,
  bayesTextMax: 200_000,
  bayesWordsMax: 1_000,
  bayesClues: 60,
  learnBytesMax: 4 * 1024 * 1024,
  learnedKeptMs: 180 * 24 * 3_600_000,
  greylistWaitMs: 5 * 60_000,
  greylistFailedKeptMs: 2 * 24 * 3_600_000,
  greylistPassedKeptMs: 36 * 24 * 3_600_000,
  quarantineKeptMs: 30 * 24 * 3_600_000,
  quarantineDigestMs: 24 * 3_600_000,
  quarantineDigestMax: 500,
  senderRulesMax: 5_000,
  /** MTA-STS: a policy file, and how long one is believed at most (RFC 8461 §3.2). */
  stsPolicyBytesMax: 64 * 1024,
  stsAgeMsMax: 31_557_600_000,
  replyTextMax: 500,
  /** Subject and sender in lists and events. */
  shownTextMax: 300,
  /** Of the original message in a bounce. */
  bounceHeaderBytesMax: 32 * 1024,
  /** A report on a mail of the service that comes back, groups of fields in it that are read, and a field of them. */
  bounceBytesMax: 1024 * 1024,
  bounceGroupsMax: 100,
  bounceFieldBytesMax: 2_000,
  /** A whole message in a report, where the sender asked for it (RET=FULL). */
  reportWholeBytesMax: 1024 * 1024,
  /** Age of a message that is still tried, from which its sender is told of the delay. */
  delayToldMs: 4 * 3_600_000,
  /** Reports about domains: a message, its text inflated, elements and depth of XML, lines kept of one, domains of one, a count. */
  reportMessageBytesMax: 12 * 1024 * 1024,
  reportTextBytesMax: 8 * 1024 * 1024,
  reportElementsMax: 100_000,
  reportDepthMax: 20,
  reportRowsMax: 200,
  reportDomainsMax: 200,
  reportCountMax: 1_000_000_000,
  reportsKeptMs: 400 * 24 * 3_600_000,
  reportsShownMax: 100,
  /** Reports that are inflated and read at once in this process; others are asked to come again. */
  reportsAtOnceMax: 2,
  /** Of one domain in a day: from all reporters, and from one. */
  reportsPerDayMax: 200,
  reportsPerDayOfReporterMax: 50,
  /** How far the time that a report is about may lie ahead, and how old it may be. */
  reportAheadMsMax: 24 * 3_600_000,
  reportAgeMsMax: 60 * 24 * 3_600_000,
  /** Reports about others' domains: domains of a day and kind, lines of a domain, and of one line what it may name. */
  reportDomainsPerDayMax: 5_000,
  reportLinesMax: 1_000,
  reportExchangesMax: 20,
  reportSignaturesMax: 5,
  reportRecordMax: 1_024,
  /** Addresses of a record that are used, and the record's length; where RFC 8460 and RFC 7489 set none. */
  reportDestinationsMax: 5,
  /**
   * Of a TLS record fewer, and so many reports to one host in a run: RFC 8460 asks nobody's consent, and a zone of many
   * names could have a stranger flooded.
   */
  tlsDestinationsMax: 2,
  tlsReportsToHostPerRunMax: 20,
  reportWishBytesMax: 4_096,
  /** How often it is looked for days that are over, how long after midnight one is, and how many are told in one run. */
  reportsOutMs: 3_600_000,
  reportSettleMs: 30 * 60_000,
  reportsOutPerRunMax: 500,
  reportsOutTogetherMax: 8,
  reportTriesMax: 12,
  reportCountsKeptMs: 3 * 24 * 3_600_000,
  /** How long a domain is in testing, and without failures in the reports, before senders are told to insist on TLS. */
  stsTestingMs: 7 * 24 * 3_600_000,
  sweepMs: 10 * 60_000,
  /** A waiting row this long overdue has lost its job. */
  overdueMs: 30 * 60_000,
  finishedKeptMs: 7 * 24 * 3_600_000,
  /** Events whose subjects one search looks at. */
  searchedEventsMax: 10_000,
  eventsKeptMs: 60 * 24 * 3_600_000,
  pruneBatch: 5_000,
  sinkMessagesMax: 2_000,
  sinkMessageBytesMax: 10 * 1024 * 1024,
  sinkKeptMs: 30 * 24 * 3_600_000,
  pageMax: 200,
  srsDays: 21,
} as const;
