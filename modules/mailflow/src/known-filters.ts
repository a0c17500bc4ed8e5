import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { countSenderRules, type DomainPolicy, selectDomainPolicies } from "./store-arrival-rules.ts";
import { selectTaughtAccounts } from "./store-bayes.ts";

/** How a tenant wants its mail filtered, in short: most have no wishes, and then nothing needs to be asked per message. */
export interface TenantFilters {
  readonly policies: ReadonlyMap<string, DomainPolicy>;
  readonly hasRules: boolean;
  /** Accounts whose own filter has learned enough to judge. */
  readonly taught: ReadonlySet<MailAccountId>;
}

/** Remembers them for a moment. */
export class KnownFilters {
  readonly #services: Pick<MailflowServices, "db" | "clock">;
  readonly #known = new Map<TenantId, { readonly filters: Promise<TenantFilters>; readonly untilMs: number }>();

  constructor(services: Pick<MailflowServices, "db" | "clock">) {
    this.#services = services;
  }

  of(tenantId: TenantId): Promise<TenantFilters> {
    const nowMs = this.#services.clock.nowMs();
    const known = this.#known.get(tenantId);
    if (known !== undefined && known.untilMs > nowMs) return known.filters;
    const filters = this.#ask(tenantId);
    filters.catch(() => this.#known.delete(tenantId));
    if (this.#known.size >= mailflowLimits.roomsKnownMax) this.#known.clear();
    this.#known.set(tenantId, { filters, untilMs: nowMs + mailflowLimits.roomKnownMs });
    return filters;
  }

  #ask(tenantId: TenantId): Promise<TenantFilters> {
    return this.#services.db.tenant(
      tenantId,
      async (tx) => {
        const [policies, rules, taught] = await Promise.all([
          selectDomainPolicies(tx),
          countSenderRules(tx),
          selectTaughtAccounts(tx, mailflowLimits.bayesLessonsMin),
        ]);
        return {
          policies: new Map(policies.map((policy) => [policy.domain, policy])),
          hasRules: rules > 0,
          taught: new Set(taught),
        };
      },
      { readOnly: true },
    );
  }
}
