/** Bounds of transfers. */
export const transferLimits = {
  /** Transfers of one customer that are not over. */
  liveMax: 500,
  /** Transfers that one process works on at once: deliveries wait for the same workers. */
  atOnce: 3,
  /** Of them those of one customer, so that one with slow servers does not take every place. */
  atOnceOfOne: 2,
  /** How long one is worked on before others get their turn. */
  sliceMs: 60_000,
  /** How long a turn may take at all, whatever the other server is still doing: the largest message at 75 kB/s. */
  turnMsMax: 15 * 60 * 1000,
  /** Until a transfer that found no room is looked at again, and one whose connection broke. */
  waitMs: 5_000,
  /** Tries in a row that bring nothing before a transfer stands still: about two hours. */
  attemptsMax: 12,
  /** Without a turn for so long, longer than any wait between two tries, a transfer has lost its job. */
  strandedMs: 4 * 60 * 60 * 1000,
  /** Folders of the other server that are taken. */
  foldersMax: 2_000,
  /** Messages whose facts are asked for at once. */
  pageMessages: 200,
  /** Messages and bytes that are fetched, and stored in one transaction. */
  batchMessages: 50,
  batchBytes: 8 * 1024 * 1024,
  /** What the other server may say: a line, a whole answer beside a message. */
  lineBytesMax: 16 * 1024 * 1024,
  answerBytesSpare: 1024 * 1024,
  tokensMax: 200_000,
  connectMs: 20_000,
  silentMs: 90_000,
  /** Problems that are kept and shown by message. */
  problemsMax: 1_000,
  problemsShown: 200,
  subjectCharsMax: 200,
  /** What is taken of a Message-ID, subject or sender that tells a message from others, and of a list of flags. */
  factCharsMax: 2_000,
  flagsMax: 500,
  /** How long the problems of a transfer that is over are kept. */
  problemsKeptMs: 90 * 24 * 60 * 60 * 1000,
  /** Rows of one page of the list. */
  pageMax: 100,
  /** How long a transfer may stand still before its password is destroyed. */
  pausedMaxMs: 14 * 24 * 60 * 60 * 1000,
  sweepEveryMs: 60 * 60 * 1000,
  /** How long an owner may fetch an archive of the mail, how often its progress is told, how often it is tried. */
  takeoutLifeMs: 7 * 24 * 60 * 60 * 1000,
  takeoutToldEveryMs: 2_000,
  takeoutTries: 5,
  /** One that lost its job is tried again until it is so old; then it has failed, and its owner may ask again. */
  takeoutTriedMs: 24 * 60 * 60 * 1000,
  /** Pieces of an archive that are fetched within this time are one fetching in the log. */
  takeoutFetchMs: 60 * 60 * 1000,
  takeoutsShown: 5,
  /** Archives that one process makes at once. */
  takeoutsAtOnce: 2,
} as const;
