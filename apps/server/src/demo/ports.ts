/** The demo's ports when nothing else is said: the usual ones plus 7000, so that no privilege is needed. */
export const demoPorts = {
  console: 7080,
  operator: 7081,
  webmail: 7082,
  vault: 7083,
  jmap: 7084,
  smtp: 7025,
  lmtp: 7024,
  submission: 7587,
  smtps: 7465,
  imap: 7143,
  imaps: 7993,
  pop3: 7110,
  pop3s: 7995,
  sieve: 7190,
} as const;

export type DemoPorts = { readonly [Name in keyof typeof demoPorts]: number };
