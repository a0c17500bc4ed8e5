import { Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { parseMessage } from "@casaforte/mime";
import { parseMailAddress } from "@casaforte/modules/domains";
import addressparser from "nodemailer/lib/addressparser";
import type { AuthenticationVerdict } from "./authenticate-message.ts";
import { spamProbability, wordsOf } from "./bayes.ts";
import type { HeaderField } from "./header-section.ts";
import { type Evidence, type Judgement, judgeMessage, odditiesOf } from "./judge-message.ts";
import type { TenantFilters } from "./known-filters.ts";
import { mailflowLimits } from "./limits.ts";
import type { FilterInput, FilterVerdict } from "./outside-filters.ts";
import type { MailflowServices } from "./services.ts";
import type { Spooled } from "./spool.ts";
import { type SenderRule, selectMatchingRules } from "./store-arrival-rules.ts";
import { selectLessons } from "./store-bayes.ts";

/** What is known of a message before any account is looked at. */
export type CommonEvidence = Omit<Evidence, "bayes" | "rule">;

/**
 * Asks the scanners outside. Malware is refused; a scanner that is configured and silent puts the mail off, for nobody
 * configured it to be skipped. A content filter that is silent is done without.
 * @throws forbidden `mailflow.malware`, `mailflow.filtered`; rate_limited `mailflow.filter_defers`; unavailable
 * `mailflow.scanner_away`.
 */
export async function askOutside(services: MailflowServices, input: () => FilterInput): Promise<FilterVerdict | null> {
  const { virusScanner, contentFilter, logger } = services;
  const scanned = (virusScanner?.(input().message) ?? Promise.resolve(null)).catch((cause) => {
    logger.warn("mailflow.scanner_away", { reason: cause instanceof Error ? cause.message : String(cause) });
    throw new Failure("unavailable", "mailflow.scanner_away", "the scanner for malware cannot be asked", { cause });
  });
  const filtered = (contentFilter?.(input()) ?? Promise.resolve(null)).catch((error) => {
    logger.warn("mailflow.filter_away", { reason: error instanceof Error ? error.message : String(error) });
    return null;
  });
  filtered.catch(() => {});
  const found = await scanned;
  if (found !== null)
    throw new Failure("forbidden", "mailflow.malware", `the message carries ${found.replace(/[^\x20-\x7e]/g, "?")}`);
  const verdict = await filtered;
  if (verdict?.action === "reject")
    throw new Failure("forbidden", "mailflow.filtered", "the message is refused as spam");
  if (verdict?.action === "defer")
    throw new Failure("rate_limited", "mailflow.filter_defers", "try again in some minutes");
  return verdict;
}

export const commonEvidence = (
  verdict: AuthenticationVerdict,
  listings: readonly string[],
  outside: FilterVerdict | null,
  fields: readonly HeaderField[],
): CommonEvidence => ({
  spf: verdict.spf,
  dkim: verdict.dkim,
  dmarc: verdict.dmarc,
  listings,
  oddities: odditiesOf(fields),
  outside: outside === null ? null : { name: outside.text.split(" ")[0] ?? "filter", part: outside.part },
});

export interface AccountToWeigh {
  readonly account: MailAccountId;
  readonly recipient: string;
}

/** The judgement for each account: the common evidence, its lists and its lessons. */
export async function weighFor(
  services: MailflowServices,
  tenantId: TenantId,
  filters: TenantFilters,
  message: {
    readonly accounts: readonly AccountToWeigh[];
    readonly common: CommonEvidence;
    readonly sender: string;
    readonly fields: readonly HeaderField[];
    readonly spooled: Spooled;
  },
): Promise<ReadonlyMap<MailAccountId, Judgement>> {
  const { accounts, common } = message;
  const rules = filters.hasRules ? await rulesFor(services, tenantId, message) : [];
  const taught = accounts.filter(({ account }) => filters.taught.has(account));
  const lessons =
    taught.length > 0 && message.spooled.sizeBytes <= mailflowLimits.learnBytesMax
      ? await lessonsFor(services, tenantId, taught, message.spooled)
      : new Map<MailAccountId, number | null>();
  return new Map(
    accounts.map(({ account, recipient }) => {
      const rule = ruleOf(rules, account, recipient.slice(recipient.lastIndexOf("@") + 1));
      return [account, judgeMessage({ ...common, bayes: lessons.get(account) ?? null, rule })];
    }),
  );
}

/** Address and every domain above it. */
function patternsOf(address: string): readonly string[] {
  try {
    const { local, domain } = parseMailAddress(address);
    const labels = domain.split(".");
    return [`${local}@${domain}`, ...labels.slice(0, -1).map((_, index) => labels.slice(index).join("."))];
  } catch {
    return [];
  }
}

/** The one address in From, or none: of two nobody knows which a reader is shown. */
export function headerFrom(fields: readonly HeaderField[]): string {
  const froms = fields
    .filter(({ name }) => name === "from")
    .flatMap(({ value }) => addressparser(value, { flatten: true }));
  return froms.length === 1 ? (froms[0]?.address ?? "") : "";
}

interface MatchedRule extends SenderRule {
  readonly counts: boolean;
}

/** Anybody can write a friend's name: `allow` counts only for a sender that the checks confirm, `deny` always. */
async function rulesFor(
  services: MailflowServices,
  tenantId: TenantId,
  message: Parameters<typeof weighFor>[3],
): Promise<readonly MatchedRule[]> {
  const { common, accounts } = message;
  const envelope = patternsOf(message.sender);
  const header = patternsOf(headerFrom(message.fields));
  const isUnchecked = common.dmarc === "skipped";
  const isEnvelopeSure = isUnchecked || common.spf === "pass";
  const isHeaderSure = isUnchecked || common.dmarc === "pass";
  const domains = [...new Set(accounts.map(({ recipient }) => recipient.slice(recipient.lastIndexOf("@") + 1)))];
  const ids = accounts.map(({ account }) => account);
  const found = await services.db.tenant(
    tenantId,
    (tx) => selectMatchingRules(tx, ids, domains, [...new Set([...envelope, ...header])]),
    { readOnly: true },
  );
  return found.map((rule) => {
    const isSure =
      (isEnvelopeSure && envelope.includes(rule.pattern)) || (isHeaderSure && header.includes(rule.pattern));
    return { ...rule, counts: rule.verdict === "deny" || isSure };
  });
}

/** The account's own list before its domain's; of one list the narrower pattern, an address before a domain. */
function ruleOf(rules: readonly MatchedRule[], account: MailAccountId, domain: string): SenderRule["verdict"] | null {
  const narrow = (a: SenderRule, b: SenderRule) =>
    Number(b.pattern.includes("@")) - Number(a.pattern.includes("@")) || b.pattern.length - a.pattern.length;
  const counting = rules.filter(({ counts }) => counts);
  const own = counting.filter(({ scope }) => "mailAccountId" in scope && scope.mailAccountId === account).sort(narrow);
  const shared = counting.filter(({ scope }) => "domain" in scope && scope.domain === domain).sort(narrow);
  return (own[0] ?? shared[0])?.verdict ?? null;
}

async function lessonsFor(
  services: MailflowServices,
  tenantId: TenantId,
  accounts: readonly AccountToWeigh[],
  spooled: Spooled,
): Promise<Map<MailAccountId, number | null>> {
  const parts: Buffer[] = [];
  for await (const part of spooled.read()) parts.push(Buffer.from(part));
  const words = wordsOf(parseMessage(Buffer.concat(parts)));
  const found = await services.db.tenant(
    tenantId,
    (tx) => Promise.all(accounts.map(({ account }) => selectLessons(tx, account, words))),
    { readOnly: true },
  );
  return new Map(
    accounts.map(({ account }, index) => {
      const lessons = found[index] ?? null;
      return [account, lessons === null ? null : spamProbability(lessons.words, lessons)];
    }),
  );
}
