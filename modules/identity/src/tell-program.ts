import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { notify } from "./notify.ts";
import { selectRecoveryAddress } from "./store-recovery-address.ts";
import { nameWithoutLinks } from "./strangers-mail.ts";
import type { Language } from "./types.ts";

/**
 * Mail to a mailbox, and to its recovery address, about a program of it: it may be a thief who let it in, or who has its tokens.
 * `name` is what the program calls itself.
 */
export async function tellProgram(
  ctx: IdentityContext,
  tx: TenantTx,
  person: { readonly principalId: PrincipalId; readonly login: string; readonly language: Language },
  template: "program_allowed" | "program_ended",
  { name, ...values }: { readonly name: string; readonly ip: string } & Readonly<Record<string, string>>,
): Promise<void> {
  const recovery = await selectRecoveryAddress(tx, person.principalId);
  const said = { ...values, name: nameWithoutLinks(name), link: ctx.faces.mail.origin };
  for (const to of [person.login, ...(recovery === null ? [] : [recovery.address])])
    await notify(ctx, tx, person, template, said, to);
}
