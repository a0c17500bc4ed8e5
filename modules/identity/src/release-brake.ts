import { type Actor, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { IdentityContext } from "./context.ts";
import { normaliseLogin } from "./sign-in.ts";
import { findLogin } from "./store-principals.ts";

/**
 * Lets somebody whom wrong passwords hold up try again at once, on an operator's word: console or mail (R59, O14). Says
 * nothing of whether the login exists; its customer's log does. The note stands before the delay is lifted: an unwritten
 * release does not happen. Codes of the second factor stay braked, tries that come from one network stay counted, and a
 * login is released three times a day at most, so that no series of releases takes the brake off it.
 * @throws rate_limited `identity.too_many_attempts`.
 */
export async function releaseBrake(
  ctx: IdentityContext,
  actor: Extract<Actor, { kind: "operator" }>,
  input: { readonly realm: "user" | "mail"; readonly login: string },
): Promise<void> {
  const { realm } = input;
  const login = normaliseLogin(input.login);
  const secret = newId(ctx.clock, ctx.random);
  await ctx.releases.take({ realm, login, ip: operatorsWord, deviceId: null, secret, factor: "release" });
  const found = await ctx.db.lookup((tx) => findLogin(tx, realm, login), { readOnly: true });
  const record = {
    action: "identity.brake_released",
    object: { kind: "login", id: realm },
    details: { realm, login: input.login },
  };
  await ctx.db.operator(async (tx) => {
    await recordAudit(tx, actor, record);
    if (found !== null) await recordAudit(tx, actor, { ...record, tenantId: found.tenantId });
  });
  await ctx.brake.forget(realm, login, true, ["password"]);
}

/** Stands for no network: whose login it is counts, not where the operator sits. */
export const operatorsWord = "127.0.0.1";
