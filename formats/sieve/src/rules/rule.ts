/** What a condition looks at: an address field, the subject, the list a message came by, the text, or any field. */
export type ConditionSubject = "from" | "to" | "subject" | "list" | "body" | "header";

export const conditionSubjects = ["from", "to", "subject", "list", "body", "header"] as const;

export const conditionRelations = ["contains", "lacks", "is", "begins", "ends"] as const;
export type ConditionRelation = (typeof conditionRelations)[number];

export interface RuleCondition {
  readonly subject: ConditionSubject;
  /** Name of the field, of `header` only. */
  readonly header?: string;
  readonly relation: ConditionRelation;
  readonly value: string;
}

export type RuleAction =
  | { readonly kind: "move" | "copy"; readonly mailbox: string }
  | { readonly kind: "forward"; readonly address: string }
  | { readonly kind: "mark_read" | "flag" | "discard" };

/** A rule as somebody writes it without knowing Sieve. */
export interface Rule {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly match: "all" | "any";
  /** None: every message. */
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly RuleAction[];
  /** Later rules look at the message too. */
  readonly goesOn: boolean;
}

export const ruleLimits = {
  rulesMax: 100,
  conditionsMax: 20,
  actionsMax: 10,
  /** Characters of a name, value, mailbox or address. */
  textMax: 250,
} as const;
