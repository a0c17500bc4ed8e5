const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Every figure of the sign-in, in one place. */
export const identityLimits = {
  /** OWASP ASVS 5.0 appendix C: Argon2id with 19 MiB, two passes, one lane. */
  argonMemoryKiB: 19_456,
  argonPasses: 2,
  /** Hashes computed at once; each holds one thread of the pool and argonMemoryKiB. */
  hashesAtOnce: 3,
  /** Sign-ins waiting for a thread before further ones are told to come back. */
  hashQueueMax: 256,

  passwordCharsMin: 12,
  passwordCharsMax: 128,
  loginCharsMax: 320,
  displayNameCharsMax: 200,
  userAgentCharsMax: 300,

  sessionIdleMs: { user: 30 * minuteMs, operator: 15 * minuteMs, mail: 7 * dayMs },
  sessionAbsoluteMs: { user: 12 * hourMs, operator: 8 * hourMs, mail: 30 * dayMs },
  sessionsPerPrincipalMax: 50,
  freshAuthenticationMs: 5 * minuteMs,

  pendingSignInMs: 10 * minuteMs,
  pendingSignInTries: 5,
  challengeMs: 5 * minuteMs,
  invitationMs: 7 * dayMs,
  passwordResetMs: 30 * minuteMs,
  loginChangeMs: 60 * minuteMs,
  /** From the form to the chosen password. */
  signUpMs: hourMs,
  signUpCodeMs: 15 * minuteMs,
  signUpCodeDigits: 6,
  /** Of all codes of one request. */
  signUpTries: 5,
  signUpMailEveryMs: 30_000,
  signUpMailsMax: 5,
  /** Requests of one /48 or IPv4 address a day before further ones wait, half a minute each. */
  signUpSiteFreeTries: 240,
  /** In the whole installation. */
  signUpsWaitingMax: 5000,
  /** Mails to addresses of their choice by organisations that signed up: so many a day, then one an hour, two, four… */
  strangersMailsFree: 20,
  strangersMailsBaseMs: hourMs,
  /** Of a name that such an organisation chose, in such a mail. */
  strangersNameCharsMax: 60,
  bootstrapMs: 24 * hourMs,
  /** Mails of one kind to one person before older links end; stops a flood through the reset form. */
  resetMailEveryMs: 2 * minuteMs,

  totpStepSeconds: 30,
  totpDigits: 6,
  totpDriftSteps: 1,
  recoveryCodes: 10,
  passkeysMax: 20,
  appPasswordsMax: 50,
  /** Mail programs that a person let in (OAuth 2), with those whose code has not been brought yet. */
  programsMax: 50,
  programNameCharsMax: 100,
  programRedirectsMax: 5,
  programRedirectCharsMax: 500,
  /** Of a client id, which holds what the program said of itself. */
  programIdCharsMax: 6_000,
  programStateCharsMax: 1_000,
  programCodeMs: minuteMs,
  programAccessMs: hourMs,
  /** How long a session of IMAP, POP3, SMTP or ManageSieve outlives the access token that opened it. */
  programSessionMs: dayMs,
  /** How long a program may stay away; each renewal begins it anew. */
  programRefreshMs: 180 * dayMs,
  /**
   * How long after a renewal the token it used is answered with the same next ones, where it came from: two that renew at once,
   * or a lost answer.
   */
  programRepeatMs: 10_000,
  apiTokensMax: 50,
  apiTokenLifeMs: 366 * dayMs,
  /** How long an expired token stays in the list. */
  apiTokenKeptMs: 30 * dayMs,
  /** In each process. */
  apiTokenRequestsPerMinute: 600,
  apiTokensPacedMax: 20_000,
  /** Refusals of one token that a minute leaves in the log. */
  apiTokenRefusalsNoted: 10,

  brakeFreeTries: 10,
  brakePrefixFreeTries: 60,
  brakeBaseMs: 30_000,
  brakeCapMs: 15 * minuteMs,
  brakeForgetMs: dayMs,
  brakeKnownMs: 90 * dayMs,
  /** By operators, of one login. */
  brakeReleasesPerDay: 3,

  verifiedLoginMs: minuteMs,
  verifiedLoginsMax: 20_000,
  pageSizeMax: 200,
} as const;
