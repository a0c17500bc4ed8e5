import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import type { SystemMailTemplate } from "./mail-templates.ts";
import type { Language } from "./types.ts";

/** A moment in a mail, in UTC and said so. */
export const mailTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Tells a person by mail, in the same transaction as the change; `address` when it is not the sign-in's own. */
export async function notify(
  ctx: IdentityContext,
  tx: TenantTx,
  to: { readonly login: string; readonly language: Language },
  template: SystemMailTemplate,
  values: Readonly<Record<string, string>>,
  address: string = to.login,
): Promise<void> {
  await ctx.sendSystemMail(tx, {
    to: address,
    template,
    language: to.language,
    values: { product: ctx.faces.user.rpName, login: to.login, at: mailTime(ctx.clock.nowMs()), ...values },
  });
}
