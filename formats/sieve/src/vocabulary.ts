import type { SieveCapability } from "./capabilities.ts";

export type ValueKind = "string" | "strings" | "number";

export interface TagSpec {
  /** Tags of one group exclude each other. */
  readonly group: string;
  readonly value?: ValueKind;
  readonly requires?: SieveCapability;
}

export interface WordSpec {
  readonly requires?: readonly SieveCapability[];
  readonly tags?: Readonly<Record<string, TagSpec>>;
  readonly positional: readonly ValueKind[];
  /** That many of the first positional arguments may be left out. */
  readonly optional?: number;
  readonly tests?: "one" | "many";
  readonly block?: boolean;
}

const comparator = { comparator: { group: "comparator", value: "string" } } as const satisfies Record<string, TagSpec>;

const matching = {
  ...comparator,
  is: { group: "match" },
  contains: { group: "match" },
  matches: { group: "match" },
  count: { group: "match", value: "string", requires: "relational" },
  value: { group: "match", value: "string", requires: "relational" },
} as const satisfies Record<string, TagSpec>;

const parts = {
  all: { group: "part" },
  localpart: { group: "part" },
  domain: { group: "part" },
  user: { group: "part", requires: "subaddress" },
  detail: { group: "part", requires: "subaddress" },
} as const satisfies Record<string, TagSpec>;

const index = {
  index: { group: "index", value: "number", requires: "index" },
  last: { group: "last", requires: "index" },
} as const satisfies Record<string, TagSpec>;

const flags = { flags: { group: "flags", value: "strings", requires: "imap4flags" } } as const satisfies Record<
  string,
  TagSpec
>;

const copy = { copy: { group: "copy", requires: "copy" } } as const satisfies Record<string, TagSpec>;

/** Commands: RFC 5228 §3–4 and the extensions. */
export const commandSpecs: Readonly<Record<string, WordSpec>> = {
  require: { positional: ["strings"] },
  if: { positional: [], tests: "one", block: true },
  elsif: { positional: [], tests: "one", block: true },
  else: { positional: [], block: true },
  stop: { positional: [] },
  keep: { positional: [], tags: flags },
  discard: { positional: [] },
  redirect: { positional: ["string"], tags: copy },
  // RFC 5228 §4.1, RFC 3894, RFC 5232, RFC 5490 §3.2, RFC 8579 §4
  fileinto: {
    requires: ["fileinto"],
    positional: ["string"],
    tags: {
      ...copy,
      ...flags,
      create: { group: "create", requires: "mailbox" },
      specialuse: { group: "specialuse", value: "string", requires: "special-use" },
    },
  },
  // RFC 5429
  reject: { requires: ["reject"], positional: ["string"] },
  ereject: { requires: ["ereject"], positional: ["string"] },
  // RFC 5232 §3
  setflag: { requires: ["imap4flags"], positional: ["string", "strings"], optional: 1 },
  addflag: { requires: ["imap4flags"], positional: ["string", "strings"], optional: 1 },
  removeflag: { requires: ["imap4flags"], positional: ["string", "strings"], optional: 1 },
  // RFC 5229 §4
  set: {
    requires: ["variables"],
    positional: ["string", "string"],
    tags: {
      lower: { group: "case" },
      upper: { group: "case" },
      lowerfirst: { group: "first" },
      upperfirst: { group: "first" },
      quotewildcard: { group: "quote" },
      length: { group: "length" },
    },
  },
  // RFC 5230 §4
  vacation: {
    requires: ["vacation"],
    positional: ["string"],
    tags: {
      days: { group: "days", value: "number" },
      subject: { group: "subject", value: "string" },
      from: { group: "from", value: "string" },
      addresses: { group: "addresses", value: "strings" },
      mime: { group: "mime" },
      handle: { group: "handle", value: "string" },
    },
  },
};

/** Tests: RFC 5228 §5 and the extensions. */
export const testSpecs: Readonly<Record<string, WordSpec>> = {
  true: { positional: [] },
  false: { positional: [] },
  not: { positional: [], tests: "one" },
  anyof: { positional: [], tests: "many" },
  allof: { positional: [], tests: "many" },
  exists: { positional: ["strings"] },
  size: { positional: ["number"], tags: { over: { group: "size" }, under: { group: "size" } } },
  header: { positional: ["strings", "strings"], tags: { ...matching, ...index } },
  address: { positional: ["strings", "strings"], tags: { ...matching, ...parts, ...index } },
  envelope: { requires: ["envelope"], positional: ["strings", "strings"], tags: { ...matching, ...parts } },
  // RFC 5173
  body: {
    requires: ["body"],
    positional: ["strings"],
    tags: {
      ...matching,
      raw: { group: "transform" },
      text: { group: "transform" },
      content: { group: "transform", value: "strings" },
    },
  },
  // RFC 5260
  date: {
    requires: ["date"],
    positional: ["string", "string", "strings"],
    tags: {
      ...matching,
      ...index,
      zone: { group: "zone", value: "string" },
      originalzone: { group: "zone" },
    },
  },
  currentdate: {
    requires: ["date"],
    positional: ["string", "strings"],
    tags: { ...matching, zone: { group: "zone", value: "string" } },
  },
  // RFC 5183
  environment: { requires: ["environment"], positional: ["string", "strings"], tags: matching },
  // RFC 5232 §4
  hasflag: { requires: ["imap4flags"], positional: ["strings", "strings"], optional: 1, tags: matching },
  // RFC 5229 §5
  string: { requires: ["variables"], positional: ["strings", "strings"], tags: matching },
  // RFC 5490 §3.1, RFC 8579 §4
  mailboxexists: { requires: ["mailbox"], positional: ["strings"] },
  specialuse_exists: { requires: ["special-use"], positional: ["string", "strings"], optional: 1 },
  // RFC 5235 §3.2
  spamtest: {
    requires: ["spamtest"],
    positional: ["string"],
    tags: { ...matching, percent: { group: "percent", requires: "spamtestplus" } },
  },
};
