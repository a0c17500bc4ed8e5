/** What a script may `require`, as ManageSieve advertises it. Editheader, regex, include and enotify are not here. */
export const sieveCapabilities = [
  "fileinto",
  "reject",
  "ereject",
  "envelope",
  "encoded-character",
  "comparator-i;octet",
  "comparator-i;ascii-casemap",
  "comparator-i;ascii-numeric",
  "comparator-i;unicode-casemap",
  "body",
  "copy",
  "date",
  "environment",
  "imap4flags",
  "index",
  "mailbox",
  "relational",
  "spamtest",
  "spamtestplus",
  "special-use",
  "subaddress",
  "vacation",
  "variables",
] as const;

export type SieveCapability = (typeof sieveCapabilities)[number];

const known: ReadonlySet<string> = new Set(sieveCapabilities);

export const isSieveCapability = (name: string): name is SieveCapability => known.has(name);
