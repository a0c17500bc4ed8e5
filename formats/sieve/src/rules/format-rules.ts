import type { Rule, RuleAction, RuleCondition } from "./rule.ts";

/** First line of every script that the rule editor owns. */
export const rulesHeading =
  "# Rules, written by the rule editor. Change them there: what is changed here is no longer shown as rules.";

/** Rules as a Sieve script. Each rule's own form stands before it in a comment, so that `parseRules` gets it back. */
export function formatRules(rules: readonly Rule[]): string {
  const active = rules.filter(({ isEnabled, actions }) => isEnabled && actions.length > 0);
  const needed = new Set(active.flatMap((rule) => [...capabilities(rule)]));
  const required = [...needed].sort();
  const lines = [rulesHeading];
  if (required.length > 0) lines.push(`require [${required.map(quote).join(", ")}];`);
  for (const rule of rules) {
    lines.push("", `# rule: ${JSON.stringify(inOrder(rule))}`);
    if (active.includes(rule)) lines.push(...format(rule));
  }
  return `${lines.join("\n")}\n`;
}

/** One order of the fields, so that the same rules are always the same text. */
const inOrder = (rule: Rule): Rule => ({
  name: rule.name,
  isEnabled: rule.isEnabled,
  match: rule.match,
  conditions: rule.conditions.map(({ subject, header, relation, value }) => ({
    subject,
    ...(subject === "header" ? { header: header ?? "" } : {}),
    relation,
    value,
  })),
  actions: rule.actions.map((action) => {
    if ("mailbox" in action) return { kind: action.kind, mailbox: action.mailbox };
    return "address" in action ? { kind: action.kind, address: action.address } : { kind: action.kind };
  }),
  goesOn: rule.goesOn,
});

function* capabilities(rule: Rule): Generator<string> {
  for (const { subject } of rule.conditions) if (subject === "body") yield "body";
  for (const { kind } of rule.actions) {
    if (kind === "move" || kind === "copy") yield* ["fileinto", "mailbox"];
    if (kind === "copy" || kind === "forward") yield "copy";
    if (kind === "mark_read" || kind === "flag") yield "imap4flags";
  }
}

function format(rule: Rule): string[] {
  const tests = rule.conditions.map(test);
  const [only] = tests;
  const condition =
    only === undefined
      ? "true"
      : tests.length === 1
        ? only
        : `${rule.match === "all" ? "allof" : "anyof"} (\n  ${tests.join(",\n  ")})`;
  // Marks first: they count for the moves after them. Moves away last.
  const order: Record<RuleAction["kind"], number> = { mark_read: 0, flag: 0, forward: 1, copy: 1, move: 2, discard: 3 };
  const actions = [...rule.actions].sort((a, b) => order[a.kind] - order[b.kind]).map(action);
  return [`if ${condition} {`, ...[...actions, ...(rule.goesOn ? [] : ["stop;"])].map((line) => `  ${line}`), "}"];
}

function test(condition: RuleCondition): string {
  const { relation, value } = condition;
  if (relation === "lacks") return `not ${positive({ ...condition, relation: "contains" }, value)}`;
  return positive(condition, value);
}

function positive({ subject, header, relation }: RuleCondition, value: string): string {
  const wild = value.replace(/[\\*?]/g, "\\$&");
  const how = relation === "is" ? `:is` : relation === "begins" || relation === "ends" ? ":matches" : ":contains";
  const key = quote(relation === "begins" ? `${wild}*` : relation === "ends" ? `*${wild}` : value);
  if (subject === "body") return `body :text ${how} ${key}`;
  // "is" asks for the address; everything else for the field as it is read, name included.
  if ((subject === "from" || subject === "to") && relation === "is")
    return `address :is ${subject === "from" ? '"from"' : '["to", "cc"]'} ${key}`;
  const names: Record<Exclude<RuleCondition["subject"], "body">, string> = {
    from: '"from"',
    to: '["to", "cc"]',
    subject: '"subject"',
    list: '["list-id", "list-post"]',
    header: quote(header ?? ""),
  };
  return `header ${how} ${names[subject]} ${key}`;
}

function action(action: RuleAction): string {
  switch (action.kind) {
    case "move":
      return `fileinto :create ${quote(action.mailbox)};`;
    case "copy":
      return `fileinto :copy :create ${quote(action.mailbox)};`;
    case "forward":
      return `redirect :copy ${quote(action.address)};`;
    case "mark_read":
      return 'addflag "\\\\Seen";';
    case "flag":
      return 'addflag "\\\\Flagged";';
    case "discard":
      return "discard;";
  }
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
