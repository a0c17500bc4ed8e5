export { formatRules } from "./format-rules.ts";
export { parseRules } from "./parse-rules.ts";
export {
  type ConditionRelation,
  type ConditionSubject,
  conditionRelations,
  conditionSubjects,
  type Rule,
  type RuleAction,
  type RuleCondition,
  ruleLimits,
} from "./rule.ts";
