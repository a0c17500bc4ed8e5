import { Failure } from "@casaforte/kernel";
import { acceptDocuments, assertAccepted, documentView, requiredDocuments } from "@casaforte/modules/catalogue";
import type { SignUpRules } from "@casaforte/modules/identity";
import type { Core } from "./core.ts";

/** Whoever has nothing yet is concerned by the terms for everybody alone (R72). */
const nothingYet = { products: [], sites: [] } as const;

/** Whether and under which terms firms make their own account (R73). */
export function signUpRules({ config, db, clock, random }: Core): SignUpRules {
  const required = () => db.lookup((tx) => requiredDocuments(tx, nothingYet, clock.nowMs()), { readOnly: true });
  return {
    isOpen: config.provider.signUp,
    async documents() {
      return (await required()).map(documentView);
    },
    async assertEnough(accepted) {
      const isAccepted = (id: string, version: number) =>
        accepted.some((each) => each.documentId === id && each.version === version);
      const missing = (await required()).find(({ id, version }) => !isAccepted(id, version));
      if (missing !== undefined)
        throw new Failure("invalid", "catalogue.acceptance_missing", "a document has to be accepted first", {
          details: { document: missing.id, version: missing.version },
        });
    },
    async accept(tx, actor, accepted) {
      const nowMs = clock.nowMs();
      await acceptDocuments(tx, actor, { accepted, nowMs }, { clock, random });
      await assertAccepted(tx, nothingYet, nowMs);
    },
  };
}
