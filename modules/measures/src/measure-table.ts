import type { Capability, Product } from "./capabilities.ts";

export const natures = [
  "unsolicited_mail",
  "malicious_content",
  "unlawful_at_site",
  "overload",
  "nonpayment",
  "compromised_account",
  "authority_order",
] as const;
export type Nature = (typeof natures)[number];
export const severities = ["minor", "serious", "grave"] as const;
export type Severity = (typeof severities)[number];
/** From nothing but words to everything that a measure can take. */
export const levels = ["warning", "restriction", "limitation", "suspension"] as const;
export type Level = (typeof levels)[number];

const W = "warning";
const R = "restriction";
const L = "limitation";
const S = "suspension";
type Steps = readonly [first: Level, second: Level, further: Level];

/**
 * The whole policy (R64): nature × severity × how often within the window. The same facts always give the same measure; an
 * operator who thinks it too hard dismisses the violation or lifts the measure with a reason, and both stay on record.
 * README.md prints this table for people.
 */
export const measureTable: Readonly<Record<Nature, Readonly<Record<Severity, Steps>>>> = {
  unsolicited_mail: { minor: [W, R, L], serious: [R, L, S], grave: [L, S, S] },
  malicious_content: { minor: [R, L, S], serious: [L, S, S], grave: [S, S, S] },
  // R35: what the law of the place forbids.
  unlawful_at_site: { minor: [R, L, S], serious: [L, S, S], grave: [S, S, S] },
  overload: { minor: [W, R, L], serious: [R, L, S], grave: [L, L, S] },
  nonpayment: { minor: [W, W, R], serious: [R, R, L], grave: [L, L, S] },
  compromised_account: { minor: [W, L, L], serious: [L, L, L], grave: [L, L, L] },
  // R65: the order itself says how far it goes; how often does not matter.
  authority_order: { minor: [R, R, R], serious: [L, L, L], grave: [S, S, S] },
};

const days = (count: number): number => count * 86_400_000;

/** How long a measure lasts when nobody lifts it; null: until what it is for has ended. */
const durationMs: Readonly<Record<Level, number>> = {
  warning: days(30),
  restriction: days(7),
  limitation: days(14),
  suspension: days(30),
};
const openEnded: readonly Nature[] = ["nonpayment", "authority_order", "compromised_account"];

/** How long before it begins the customer is told. What harms others begins at once. */
const noticeMs: Readonly<Record<Nature, Readonly<Record<Severity, number>>>> = {
  unsolicited_mail: { minor: days(3), serious: days(1), grave: 0 },
  malicious_content: { minor: days(1), serious: 0, grave: 0 },
  unlawful_at_site: { minor: days(3), serious: days(1), grave: 0 },
  overload: { minor: days(3), serious: days(1), grave: 0 },
  nonpayment: { minor: days(15), serious: days(15), grave: days(15) },
  compromised_account: { minor: 0, serious: 0, grave: 0 },
  authority_order: { minor: 0, serious: 0, grave: 0 },
};

/** What each level takes away. */
export function capabilitiesOf(level: Level, product: Product, nature: Nature): readonly Capability[] {
  if (level === "warning") return [];
  // Whoever knows the password uses programs: webmail and the console stay for the customer to change it.
  if (nature === "compromised_account") return ["mail.programs", "mail.send"];
  const own: Readonly<Record<Product, readonly [Capability, Capability, Capability]>> = {
    backup: ["backup.new", "backup.upload", "backup.manage"],
    mail: ["mail.new", "mail.send", "mail.manage"],
  };
  return own[product].slice(0, levels.indexOf(level));
}

export interface Verdict {
  readonly level: Level;
  readonly capabilities: readonly Capability[];
  readonly noticeMs: number;
  /** Null: until it is lifted. */
  readonly durationMs: number | null;
  /** A suspension takes two people, unless an authority orders it (R65). */
  readonly needsSecondPerson: boolean;
}

/** What follows from a breach; `recurrence` counts those of the same nature within the window before it. Pure. */
export function verdictOn(facts: {
  readonly nature: Nature;
  readonly severity: Severity;
  readonly product: Product;
  readonly recurrence: number;
}): Verdict {
  const { nature, severity, product, recurrence } = facts;
  const [first, second, further] = measureTable[nature][severity];
  const level = recurrence <= 0 ? first : recurrence === 1 ? second : further;
  return {
    level,
    capabilities: capabilitiesOf(level, product, nature),
    noticeMs: level === "warning" ? 0 : noticeMs[nature][severity],
    durationMs: openEnded.includes(nature) && level !== "warning" ? null : durationMs[level],
    needsSecondPerson: level === "suspension" && nature !== "authority_order",
  };
}
