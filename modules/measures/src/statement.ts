import { formatRomeTime } from "@casaforte/kernel";
import type { Capability } from "./capabilities.ts";
import type { Measure, Violation } from "./types.ts";
import { type Language, measureWords } from "./words.ts";

export interface WrittenMail {
  readonly subject: string;
  readonly text: string;
}

interface Sender {
  readonly language: Language;
  readonly providerName: string;
  readonly consoleUrl: string;
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/**
 * What the customer is told (R66, DSA art. 17): what was found, which clause, how the measure follows from it, what is
 * switched off and what goes on working, from when to when, that a person decided, and how to contest it.
 */
export function statementOfReasons(
  input: Sender & { readonly measure: Measure; readonly violation: Violation },
): WrittenMail {
  const { measure, violation, language, providerName, consoleUrl } = input;
  const words = measureWords[language];
  const time = (at: Date) => formatRomeTime(at.getTime(), language);
  const takes = (measure.capabilities as readonly Capability[]).map((capability) => words.capability[capability]);
  const parts = [
    words.opening(providerName),
    `${words.facts}\n${violation.facts}`,
    `${words.when}: ${time(violation.occurredAt)}`,
    violation.clause === "" ? "" : `${words.clause}: ${violation.clause}`,
    violation.authorityReference === "" ? "" : words.authority(violation.authorityReference),
    words.reckoning(words.nature[violation.nature], words.severity[violation.severity], measure.recurrence),
    `${words.measure}: ${words.level[measure.level]} (${words.product[violation.product]})`,
    takes.length === 0 ? words.nothingOff : `${words.off}\n${list(takes)}`,
    takes.length === 0 ? "" : `${words.on}\n${list(words.staysOn)}`,
    takes.length === 0
      ? ""
      : `${words.from}: ${time(measure.startsAt)}\n${words.until}: ${measure.endsAt === null ? words.untilLifted : time(measure.endsAt)}`,
    violation.source === "operator" ? words.byPerson : words.byPersonAfterProgram,
    words.remedies(`${consoleUrl}/notices`, time(measure.appealUntil)),
  ];
  return {
    subject: words.subject(words.level[measure.level], words.product[violation.product]),
    text: parts.filter((part) => part !== "").join("\n\n"),
  };
}

/** A measure is over. */
export function endOfMeasure(
  input: Sender & {
    readonly measure: Measure;
    readonly state: "expired" | "lifted" | "overturned";
    readonly reason: string;
  },
): WrittenMail {
  const words = measureWords[input.language];
  return {
    subject: words.endSubject(words.level[input.measure.level]),
    text: [
      words.ended[input.state],
      input.reason === "" ? "" : `${words.reason}: ${input.reason}`,
      `${input.consoleUrl}/notices`,
      input.providerName,
    ]
      .filter((part) => part !== "")
      .join("\n\n"),
  };
}

/** What came of the customer's objection. */
export function decisionOnAppeal(
  input: Sender & { readonly outcome: "upheld" | "rejected"; readonly text: string },
): WrittenMail {
  const words = measureWords[input.language];
  return {
    subject: words.appealSubject[input.outcome],
    text: [
      words.appeal[input.outcome],
      input.text,
      words.court,
      `${input.consoleUrl}/notices`,
      input.providerName,
    ].join("\n\n"),
  };
}
