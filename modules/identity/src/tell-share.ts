import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { notify } from "./notify.ts";
import { selectPrincipal } from "./store-principals.ts";
import { selectRecoveryAddress } from "./store-recovery-address.ts";
import { pathWithoutLinks } from "./strangers-mail.ts";
import type { Language } from "./types.ts";

/** A share of a mailbox that its own sign-in gave. */
export interface ToldShare {
  readonly principalId: PrincipalId;
  readonly ip: string;
  /** Who may use it now, an account of the same organisation. */
  readonly address: string;
  /** Its path, levels apart by `/`; null: the whole mailbox. */
  readonly folder: string | null;
  readonly access: "read" | "write" | "manage";
  /** Others of this day (UTC) are not told any more. */
  readonly isLastOfDay: boolean;
}

const accessNames = {
  read: { it: "leggere", en: "read" },
  write: { it: "leggere, spostare ed eliminare", en: "read, file and delete" },
  manage: { it: "leggere, spostare, eliminare e cambiare le cartelle", en: "read, file, delete and change folders" },
} as const;

function whatOf(folder: string | null, language: Language): string {
  if (folder === null) return language === "it" ? "tutta la casella" : "the whole mailbox";
  const name = pathWithoutLinks(folder);
  return language === "it" ? `la cartella «${name}» della casella` : `the folder “${name}” of the mailbox`;
}

/** Mail to a mailbox, and to its recovery address, about a share of it: it may be a thief who gave it, and it stays with a new password. */
export async function tellShare(
  ctx: IdentityContext,
  tx: TenantTx,
  { principalId, ip, address, folder, access, isLastOfDay }: ToldShare,
): Promise<void> {
  const person = await selectPrincipal(tx, principalId);
  if (person === null) return;
  const { login, language } = person;
  const recovery = await selectRecoveryAddress(tx, principalId);
  const values = {
    ...{ ip, address, link: ctx.faces.mail.origin },
    what: whatOf(folder, language),
    access: accessNames[access][language],
  };
  for (const to of [login, ...(recovery === null ? [] : [recovery.address])])
    await notify(ctx, tx, person, isLastOfDay ? "many_shares_given" : "share_given", values, to);
}
