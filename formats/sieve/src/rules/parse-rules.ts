import { formatRules, rulesHeading } from "./format-rules.ts";
import {
  conditionRelations,
  conditionSubjects,
  type Rule,
  type RuleAction,
  type RuleCondition,
  ruleLimits,
} from "./rule.ts";

/**
 * The rules behind a script that `formatRules` wrote. Null for any other script, also for one that was changed by hand
 * afterwards: an editor shows those as text and leaves them alone.
 */
export function parseRules(script: string): readonly Rule[] | null {
  const text = script.replace(/\r\n/g, "\n");
  if (!text.startsWith(rulesHeading)) return null;
  const rules: Rule[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("# rule: ")) continue;
    const rule = parseRule(line.slice("# rule: ".length));
    if (rule === null || rules.length >= ruleLimits.rulesMax) return null;
    rules.push(rule);
  }
  return formatRules(rules) === text ? rules : null;
}

function parseRule(json: string): Rule | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { name, isEnabled, match, conditions, actions, goesOn } = value;
  if (!isText(name) || typeof isEnabled !== "boolean" || typeof goesOn !== "boolean") return null;
  if ((match !== "all" && match !== "any") || !Array.isArray(conditions) || !Array.isArray(actions)) return null;
  if (conditions.length > ruleLimits.conditionsMax || actions.length > ruleLimits.actionsMax) return null;
  const checked = { conditions: conditions.map(parseCondition), actions: actions.map(parseAction) };
  const known = {
    conditions: checked.conditions.filter((condition) => condition !== null),
    actions: checked.actions.filter((action) => action !== null),
  };
  if (known.conditions.length !== conditions.length || known.actions.length !== actions.length) return null;
  return { name, isEnabled, match, ...known, goesOn };
}

function parseCondition(value: unknown): RuleCondition | null {
  if (!isRecord(value)) return null;
  const subject = conditionSubjects.find((known) => known === value["subject"]);
  const relation = conditionRelations.find((known) => known === value["relation"]);
  const { header, value: text } = value;
  if (!subject || !relation || !isText(text)) return null;
  if (subject !== "header") return { subject, relation, value: text };
  return isText(header) && /^[\x21-\x39\x3b-\x7e]+$/.test(header) ? { subject, header, relation, value: text } : null;
}

function parseAction(value: unknown): RuleAction | null {
  if (!isRecord(value)) return null;
  const { kind, mailbox, address } = value;
  if (kind === "move" || kind === "copy") return isText(mailbox) ? { kind, mailbox } : null;
  if (kind === "forward") return isText(address) ? { kind, address } : null;
  return kind === "mark_read" || kind === "flag" || kind === "discard" ? { kind } : null;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= ruleLimits.textMax && !/[\0\r\n]/.test(value);
