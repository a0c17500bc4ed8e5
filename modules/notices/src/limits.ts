const secondMs = 1_000;
const dayMs = 86_400_000;

/** Every figure about notices. */
export const noticeLimits = {
  /** A failed check becomes a notice within a minute of passing its usual duration (R24). */
  watchEveryMs: 15 * secondMs,
  /** Looks in a row at others of its place, half an hour of them, after which a part that they passed over is watched no more. */
  looksMissedMax: 120,
  /** How long each part may be away before customers are told, when nobody says otherwise. */
  usualMs: { backup: 120 * secondMs, mail: 120 * secondMs, console: 300 * secondMs },
  /** Maintenance is announced at least so long before (R25); urgent repairs are incidents. */
  maintenanceNoticeMs: 2 * dayMs,
  titleCharsMax: 200,
  textCharsMax: 4_000,
  listedMax: 200,
  historyMs: 90 * dayMs,
  /** How far the report of times by severity looks back (R23). */
  timesMs: 365 * dayMs,
  /** The public page is put together again after this, and shown as it was while the database is away. */
  statusAgeMs: 15 * secondMs,
  statusMaxAgeSeconds: 30,
  contactsMax: 30,
  /** Mails that ask a stranger whether he wants mails: to one address one a day, from one network so many an hour. */
  askedAgainAfterMs: dayMs,
  askWindowMs: dayMs / 24,
  asksOfNetworkMax: 20,
  askNetworksMax: 20_000,
  /** Who has not confirmed is forgotten after this, and the first asked first where too many wait. */
  unconfirmedKeptMs: 7 * dayMs,
  unconfirmedMax: 50_000,
  /** Mails by which a customer asks contacts, in a day. */
  contactAsksMax: 60,
  /** Confirmed ones. */
  subscribersMax: 100_000,
  dayMs,
  /** Characters of what the other side said that are kept of a mail that came back. */
  bounceReplyMax: 500,
} as const;
