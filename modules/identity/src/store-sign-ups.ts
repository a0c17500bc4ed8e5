import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import { identityLimits } from "./limits.ts";
import type { Language } from "./types.ts";

/** What a firm tells of itself. */
export interface SignUpData {
  readonly login: string;
  readonly company: string;
  readonly country: string;
  readonly vatNumber: string;
  readonly language: Language;
}

export interface SignUpRow {
  readonly login: string;
  readonly company: string;
  readonly language: Language;
  readonly mailedAt: Date;
  readonly isProven: boolean;
}

const interval = (ms: number): string => `${ms} milliseconds`;

/** Where too many wait, the oldest without a right code make room. False when too many wait whose code was right. */
export async function askSignUpRow(
  tx: TenantTx,
  row: SignUpData & { readonly ticket: Buffer; readonly former: Buffer | null; readonly code: Buffer },
  nowMs: number,
): Promise<boolean> {
  const { signUpCodeMs, signUpMs, signUpsWaitingMax } = identityLimits;
  const [found] = await tx.sql<{ taken: boolean }[]>`select identity_ask_sign_up(
    ${row.ticket}, ${row.former}, ${row.login}, ${row.company}, ${row.country}, ${row.vatNumber}, ${row.language}, ${row.code},
    ${new Date(nowMs)}, ${new Date(nowMs + signUpCodeMs)}, ${new Date(nowMs + signUpMs)}, ${signUpsWaitingMax}) as taken`;
  return found?.taken ?? false;
}

/** Null when it is over or there never was one. */
export async function selectSignUp(tx: LookupTx | TenantTx, ticket: Buffer, nowMs: number): Promise<SignUpRow | null> {
  const [row] = await tx.sql<SignUpRow[]>`
    select login, company, language, mailed_at as "mailedAt", proven as "isProven"
    from identity_read_sign_up(${ticket}, ${new Date(nowMs)})`;
  return row ?? null;
}

/** False when the mail before is too recent, or there were too many mails or tries. */
export async function renewSignUp(tx: TenantTx, ticket: Buffer, code: Buffer, nowMs: number): Promise<boolean> {
  const { signUpCodeMs, signUpMailEveryMs, signUpMailsMax, signUpTries } = identityLimits;
  const [row] = await tx.sql<{ sent: boolean }[]>`select identity_renew_sign_up(${ticket}, ${code}, ${new Date(nowMs)},
    ${new Date(nowMs + signUpCodeMs)}, ${interval(signUpMailEveryMs)}::interval, ${signUpMailsMax},
    ${signUpTries}) as sent`;
  return row?.sent ?? false;
}

/** Counts the try. Null when none is left or the request is over. */
export async function proveSignUpRow(
  tx: LookupTx,
  ticket: Buffer,
  codes: readonly Buffer[],
  nowMs: number,
): Promise<boolean | null> {
  const [newest, older] = [codes[0] ?? null, codes[1] ?? null];
  const [row] = await tx.sql<{ proven: boolean | null }[]>`select identity_prove_sign_up(
    ${ticket}, array[${newest}::bytea, ${older}::bytea], ${new Date(nowMs)}, ${identityLimits.signUpTries}) as proven`;
  return row?.proven ?? null;
}

/** Takes a proven request away, for its only use. */
export async function claimSignUp(tx: TenantTx, ticket: Buffer, nowMs: number): Promise<SignUpData | null> {
  const [row] = await tx.sql<SignUpData[]>`
    select login, company, country, vat_number as "vatNumber", language
    from identity_claim_sign_up(${ticket}, ${new Date(nowMs)})`;
  return row ?? null;
}

export async function sweepSignUps(tx: LookupTx, nowMs: number): Promise<number> {
  const [row] = await tx.sql<{ gone: number }[]>`select identity_sweep_sign_ups(${new Date(nowMs)}) as gone`;
  return row?.gone ?? 0;
}

/** How many should have gone before that moment (R104). */
export async function countOverdueSignUps(tx: TenantTx, beforeMs: number): Promise<number> {
  const [row] = await tx.sql<{ found: number }[]>`select identity_overdue_sign_ups(${new Date(beforeMs)}) as found`;
  return row?.found ?? 0;
}
