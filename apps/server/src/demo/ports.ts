/** The demo's ports when nothing else is said: the usual ones plus 7000, so that no privilege is needed. */
export const demoPorts = {
  console: 7080,
  operator: 7081,
  webmail: 7082,
  vault: 7083,
  smtp: 7025,
  submission: 7587,
  smtps: 7465,
  imap: 7143,
  imaps: 7993,
  pop3: 7110,
  pop3s: 7995,
} as const;

export type DemoPorts = { readonly [Name in keyof typeof demoPorts]: number };

/** `auto` asks the system for free ports (0). */
export function choosePorts(auto: boolean): DemoPorts {
  if (!auto) return demoPorts;
  return {
    console: 0,
    operator: 0,
    webmail: 0,
    vault: 0,
    smtp: 0,
    submission: 0,
    smtps: 0,
    imap: 0,
    imaps: 0,
    pop3: 0,
    pop3s: 0,
  };
}
