import type { LookupTx } from "@casaforte/platform/db";
import { identityLimits } from "./limits.ts";

export interface BrakeKeys {
  readonly account: Buffer;
  readonly pair: Buffer | null;
  readonly device: Buffer | null;
  readonly prefix: Buffer | null;
  readonly guess: Buffer;
}

export interface BrakeFigures {
  readonly free: number;
  readonly prefixFree: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export interface Taken {
  readonly allowed: boolean;
  readonly counted: boolean;
  readonly own: boolean;
  readonly retryAt: Date | null;
}

const interval = (ms: number): string => `${ms} milliseconds`;

export async function takeTry(tx: LookupTx, keys: BrakeKeys, nowMs: number, figures: BrakeFigures): Promise<Taken> {
  const [row] = await tx.sql<Taken[]>`
    select allowed, counted, own, retry_at as "retryAt" from identity_brake_take(
      ${keys.account}, ${keys.pair}, ${keys.device}, ${keys.prefix}, ${keys.guess}, ${new Date(nowMs)},
      ${figures.free}, ${figures.prefixFree}, ${interval(figures.baseMs)}::interval, ${interval(figures.capMs)}::interval,
      ${interval(identityLimits.brakeForgetMs)}::interval, ${interval(identityLimits.brakeKnownMs)}::interval)`;
  return row ?? { allowed: false, counted: false, own: false, retryAt: null };
}

export async function rightTry(
  tx: LookupTx,
  keys: BrakeKeys,
  how: { readonly counted: boolean; readonly own: boolean; readonly known: boolean },
  nowMs: number,
  figures: BrakeFigures,
): Promise<void> {
  await tx.sql`select identity_brake_right(${keys.account}, ${keys.pair}, ${keys.device}, ${keys.prefix}, ${how.counted},
    ${how.own}, ${how.known}, ${new Date(nowMs)}, ${figures.free}, ${figures.prefixFree})`;
}

export async function forgetGuesses(tx: LookupTx, account: Buffer, unblock: boolean): Promise<void> {
  await tx.sql`select identity_brake_forget(${account}, ${unblock})`;
}

export async function sweepBrakes(tx: LookupTx, nowMs: number): Promise<number> {
  const [row] = await tx.sql<{ gone: number }[]>`select identity_brake_sweep(
    ${new Date(nowMs - identityLimits.brakeForgetMs)}, ${new Date(nowMs - identityLimits.brakeKnownMs)}) as gone`;
  return row?.gone ?? 0;
}
