import { Failure } from "@casaforte/kernel";
import { stsModeOf, stsPolicyText } from "@casaforte/modules/domains";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";

/**
 * The MTA-STS policy of each domain hosted here, for whoever brings mail to it (RFC 8461 §3.3, R94). The certificate for
 * `mta-sts.DOMAIN` is the business of whatever ends TLS in front of this face.
 */
export function registerStsPolicy(app: Face, { db, mx }: { readonly db: Db; readonly mx: string }): void {
  app.get("/.well-known/mta-sts.txt", async (request, reply) => {
    // Whoever may ask keeps it as long as the policy says, not as long as a proxy likes.
    reply.header("cache-control", "no-store");
    const domain = /^mta-sts\.(.{3,253})$/i.exec(request.hostname)?.[1];
    const mode = domain === undefined ? null : await db.lookup((tx) => stsModeOf(tx, domain), { readOnly: true });
    if (mode === null) throw new Failure("not_found", "mail.no_sts_policy", "no domain of this name is hosted here");
    return reply.type("text/plain; charset=utf-8").send(stsPolicyText({ mx }, mode));
  });
}
