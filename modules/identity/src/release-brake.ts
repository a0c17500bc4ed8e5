import type { Actor } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { IdentityContext } from "./context.ts";
import { normaliseLogin } from "./sign-in.ts";

/**
 * Lets somebody whom wrong passwords hold up try again at once, on an operator's word: console or mail (R59, O14). Says
 * nothing of whether the login exists. The note stands before the delay is lifted: an unwritten release does not happen.
 * Tries that come from one network stay counted, so whoever guessed gains ten tries at this account and no more.
 */
export async function releaseBrake(
  ctx: IdentityContext,
  actor: Extract<Actor, { kind: "operator" }>,
  input: { readonly realm: "user" | "mail"; readonly login: string },
): Promise<void> {
  await ctx.db.operator((tx) =>
    recordAudit(tx, actor, {
      action: "identity.brake_released",
      object: { kind: "login", id: input.realm },
      details: { realm: input.realm, login: input.login },
    }),
  );
  await ctx.brake.forget(input.realm, normaliseLogin(input.login), true);
}
