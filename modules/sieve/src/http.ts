import { filtersSchema, saveFiltersSchema } from "@casaforte/contract/filters";
import type { Actor } from "@casaforte/kernel";
import type { MailboxEdgeServices } from "@casaforte/modules/mailbox";
import type { Face } from "@casaforte/platform/http";
import type { Rule } from "@casaforte/sieve/rules";
import type { z } from "zod";
import { type RulesView, readRules, saveRules } from "./rules.ts";

export interface SieveHttpServices extends Pick<MailboxEdgeServices, "db" | "clock"> {
  /** The mail account that is signed in. @throws unauthenticated, forbidden. */
  readonly owner: (request: unknown) => Promise<Extract<Actor, { kind: "mail_account" }>>;
}

const toReply = ({ rules, activeScript }: RulesView): z.input<typeof filtersSchema> => ({
  rules: rules === null ? null : (structuredClone(rules as Rule[]) as z.input<typeof filtersSchema>["rules"]),
  activeScript,
});

/** An absent `header` is left out, as the rules' own form wants it. */
const toRule = ({ conditions, ...rule }: z.output<typeof saveFiltersSchema>["rules"][number]): Rule => ({
  ...rule,
  conditions: conditions.map(({ header, ...condition }) =>
    header === undefined ? condition : { ...condition, header },
  ),
});

/** The webmail's rule editor. */
export function registerSieveRoutes(app: Face, services: SieveHttpServices): void {
  const { db, owner } = services;
  app.get("/api/filters", { schema: { response: { 200: filtersSchema } } }, async (request) => {
    const actor = await owner(request);
    return toReply(await db.tenant(actor.tenantId, (tx) => readRules(tx, actor.mailAccountId), { readOnly: true }));
  });
  app.put(
    "/api/filters",
    { schema: { body: saveFiltersSchema, response: { 200: filtersSchema } } },
    async (request) => {
      const actor = await owner(request);
      const input = { accountId: actor.mailAccountId, rules: request.body.rules.map(toRule) };
      return db.tenant(actor.tenantId, async (tx) => {
        await saveRules(tx, actor, input, services);
        return toReply(await readRules(tx, actor.mailAccountId));
      });
    },
  );
}
