import { type Actor, Failure, type MailAccountId, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { formatMailAddress, listDomains, parseDomainName, parseMailAddress } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import {
  countSenderRules,
  type DomainPolicy,
  deleteSenderRule,
  insertSenderRule,
  type RuleVerdict,
  type SenderRule,
  type SenderRuleId,
  upsertDomainPolicy,
} from "./store-arrival-rules.ts";

/** An address, or a domain that stands for all below it. @throws invalid `mailflow.rule_pattern`. */
function parsePattern(text: string): string {
  try {
    const trimmed = text.trim().replace(/^@/, "");
    return trimmed.includes("@") ? formatMailAddress(parseMailAddress(trimmed)) : parseDomainName(trimmed);
  } catch (cause) {
    throw new Failure("invalid", "mailflow.rule_pattern", "this is neither an address nor a domain", { cause });
  }
}

async function assertOwnDomain(tx: TenantTx, domain: string): Promise<string> {
  const found = (await listDomains(tx)).find(({ name }) => name === domain.toLowerCase());
  if (!found) throw new Failure("not_found", "domains.not_found", "no such domain");
  return found.name;
}

/**
 * Adds a sender to a list. @throws invalid `mailflow.rule_pattern`, conflict `mailflow.rule_exists`, over_quota
 * `mailflow.rules_full`, not_found `domains.not_found`.
 */
export async function addSenderRule(
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly scope: { readonly mailAccountId: MailAccountId } | { readonly domain: string };
    readonly verdict: RuleVerdict;
    readonly pattern: string;
  },
  services: Pick<MailflowServices, "clock" | "random">,
): Promise<SenderRule> {
  const scope = "domain" in input.scope ? { domain: await assertOwnDomain(tx, input.scope.domain) } : input.scope;
  const rule: SenderRule = {
    id: newId<SenderRuleId>(services.clock, services.random),
    scope,
    verdict: input.verdict,
    pattern: parsePattern(input.pattern),
    createdAt: new Date(services.clock.nowMs()),
  };
  if ((await countSenderRules(tx)) >= mailflowLimits.senderRulesMax)
    throw new Failure("over_quota", "mailflow.rules_full", "there are too many senders in the lists");
  if (!(await insertSenderRule(tx, rule)))
    throw new Failure("conflict", "mailflow.rule_exists", "this sender is in the list already");
  await audit(tx, actor, "mailflow.rule_added", rule);
  return rule;
}

/** @throws not_found `mailflow.rule_missing`. */
export async function removeSenderRule(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: SenderRuleId },
): Promise<void> {
  const rule = await deleteSenderRule(tx, input.id);
  if (rule === null) throw new Failure("not_found", "mailflow.rule_missing", "no such rule");
  await audit(tx, actor, "mailflow.rule_removed", rule);
}

const audit = (tx: TenantTx, actor: Actor, action: string, rule: SenderRule): Promise<void> =>
  recordAudit(tx, actor, {
    action,
    object: { kind: "sender_rule", id: rule.id },
    details: { verdict: rule.verdict, pattern: rule.pattern, ...rule.scope },
  });

/** Says how a domain takes mail. @throws not_found `domains.not_found`. */
export async function setDomainPolicy(tx: TenantTx, actor: Actor, input: DomainPolicy): Promise<DomainPolicy> {
  const policy = { ...input, domain: await assertOwnDomain(tx, input.domain) };
  await upsertDomainPolicy(tx, policy);
  await recordAudit(tx, actor, {
    action: "mailflow.policy_changed",
    object: { kind: "domain", id: policy.domain },
    details: { greylist: policy.greylist, spamAction: policy.spamAction },
  });
  return policy;
}
