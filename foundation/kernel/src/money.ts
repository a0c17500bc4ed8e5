import { assert } from "./failure.ts";

/** The one currency that this product sells in; a second one is a change of the contract, not of a setting. */
export type Currency = "EUR";

/** An amount in minor units (cents). Money never meets a floating-point number (R42). */
export interface Money {
  readonly currency: Currency;
  readonly cents: bigint;
}

export const euro = (cents: bigint): Money => ({ currency: "EUR", cents });

/** Unit prices are in millionths of the currency: an hour may cost less than a cent (R42). */
export const microsPerCent = 10_000n;

/**
 * The only rounding of money in this product: half away from zero, so that a credit note of an invoice is its exact
 * mirror (R42). The divisor is positive.
 */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  assert(divisor > 0n, "money is divided by a positive number");
  const magnitude = dividend < 0n ? -dividend : dividend;
  const quotient = (magnitude * 2n + divisor) / (divisor * 2n);
  return dividend < 0n ? -quotient : quotient;
}

/** Millionths to cents, rounded once. */
export const microsToCents = (micros: bigint): bigint => divideHalfUp(micros, microsPerCent);

/** A share in basis points (22 % = 2200) of an amount in cents, rounded once. */
export const shareOfCents = (cents: bigint, basisPoints: bigint): bigint => divideHalfUp(cents * basisPoints, 10_000n);

/** `1234.50`: a dot, two decimals, as documents for machines want it. */
export function decimalOfCents(cents: bigint): string {
  const magnitude = cents < 0n ? -cents : cents;
  return `${cents < 0n ? "-" : ""}${magnitude / 100n}.${String(magnitude % 100n).padStart(2, "0")}`;
}

/** `0.002740`, shortened to at least two decimals: `12.00`, `0.00274`. */
export function decimalOfMicros(micros: bigint): string {
  const magnitude = micros < 0n ? -micros : micros;
  const decimals = String(magnitude % 1_000_000n)
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `${micros < 0n ? "-" : ""}${magnitude / 1_000_000n}.${decimals}`;
}
