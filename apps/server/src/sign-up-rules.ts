import { acceptDocuments, assertAccepted, documentView, requiredDocuments } from "@casaforte/modules/catalogue";
import type { SignUpRules } from "@casaforte/modules/identity";
import type { Core } from "./core.ts";

/** Whoever has nothing yet is concerned by the terms for everybody alone (R72). */
const nothingYet = { products: [], sites: [] } as const;

/** Whether and under which terms firms make their own account (R73). */
export function signUpRules({ config, db, clock, random }: Core): SignUpRules {
  return {
    isOpen: config.provider.signUp,
    async documents() {
      const found = await db.lookup((tx) => requiredDocuments(tx, nothingYet, clock.nowMs()), { readOnly: true });
      return found.map(documentView);
    },
    async accept(tx, actor, accepted) {
      const nowMs = clock.nowMs();
      await acceptDocuments(tx, actor, { accepted, nowMs }, { clock, random });
      await assertAccepted(tx, nothingYet, nowMs);
    },
  };
}
