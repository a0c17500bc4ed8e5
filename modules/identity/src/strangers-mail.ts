import { Failure, providerTenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { IdentityContext } from "./context.ts";
import { dayOf } from "./day-of.ts";
import { identityLimits } from "./limits.ts";
import { freshSecret } from "./secrets.ts";
import type { Session } from "./types.ts";

/**
 * Whoever opened an account alone (R73) could have the provider mail anybody: what an organisation of its own making
 * sends to addresses of its choice is counted, before it is known whether the address signs in here already.
 * @throws rate_limited `identity.too_many_mails` (`details.retryAtMs`).
 */
export async function countStrangersMail(ctx: IdentityContext, session: Session): Promise<void> {
  const { tenantId } = session;
  if (tenantId === providerTenantId || session.realm !== "user") return;
  const { signedUp } = await ctx.db.tenant(tenantId, (tx) => readTenant(tx, tenantId));
  if (!signedUp) return;
  const secret = freshSecret(ctx.random).text;
  // Of a day: a brake alone forgets only after a day without any.
  const day = `${tenantId} ${dayOf(ctx.clock)}`;
  const sender = { realm: session.realm, login: day, ip: day, deviceId: null } as const;
  try {
    await ctx.mailBrake.take({ ...sender, secret, factor: "mail" });
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== "rate_limited") throw cause;
    throw new Failure("rate_limited", "identity.too_many_mails", "a new organisation invites few people a day", {
      cause,
      details: cause.details,
    });
  }
}

/** What mail programs make a link or an address of. */
const linkLike = /\S*(?:[/@]|[.。]\p{L}{2,})\S*/gu;

/** A name that a stranger chose, in a mail that the provider signs: short, and nothing in it to follow. */
export function nameWithoutLinks(name: string): string {
  const plain = name.normalize("NFKC").replace(linkLike, "…");
  return [...plain].slice(0, identityLimits.strangersNameCharsMax).join("");
}

/** A folder's path in such a mail, each level by itself and short: of a path that is too long the last levels stay. */
export function pathWithoutLinks(path: string): string {
  const chars = [...path.split("/").map(nameWithoutLinks).join(" › ")];
  const charsMax = identityLimits.strangersNameCharsMax;
  return chars.length <= charsMax ? chars.join("") : `…${chars.slice(-charsMax).join("")}`;
}
