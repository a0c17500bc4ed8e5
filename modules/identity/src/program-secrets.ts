import type { Random } from "@casaforte/kernel";
import { toBase32 } from "./base32.ts";
import type { IdentityContext } from "./context.ts";

/*
 * What a program is handed: `cfc_`, `cfa_` and `cfr_` with 256 random bits each, in the letters of base32. A refresh token begins
 * with 128 more that all of one connection share, so that an old one is told from one that nobody gave out.
 */

const familyChars = 26;
const shapes = {
  code: /^cfc_([a-z2-7]{52})$/,
  access: /^cfa_([a-z2-7]{52})$/,
  refresh: /^cfr_([a-z2-7]{78})$/,
} as const;

export const freshCode = (random: Random): string => `cfc_${toBase32(random.bytes(32))}`;
export const freshAccessToken = (random: Random): string => `cfa_${toBase32(random.bytes(32))}`;
export const freshRefreshToken = (random: Random): string =>
  `cfr_${toBase32(random.bytes(16))}${toBase32(random.bytes(32))}`;

/** Stored forms, under the newest key first; null for what never was one. */
export function hashCode(ctx: IdentityContext, text: string): readonly [Buffer, ...Buffer[]] | null {
  return shapes.code.test(text) ? ctx.keys.macs("program_code", text) : null;
}

/** @see hashCode */
export function hashAccessToken(ctx: IdentityContext, text: string): readonly [Buffer, ...Buffer[]] | null {
  return shapes.access.test(text) ? ctx.keys.macs("program_access", text) : null;
}

export interface RefreshHashes {
  readonly family: readonly [Buffer, ...Buffer[]];
  readonly whole: readonly [Buffer, ...Buffer[]];
}

/** @see hashCode */
export function hashRefreshToken(ctx: IdentityContext, text: string): RefreshHashes | null {
  const letters = shapes.refresh.exec(text)?.[1];
  if (letters === undefined) return null;
  return {
    family: ctx.keys.macs("program_family", letters.slice(0, familyChars)),
    whole: ctx.keys.macs("program_refresh", text),
  };
}

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * What a refresh token is renewed to, under the newest key first: always the same pair, so that who asks again is told it again
 * although nothing but hashes is kept. Without the key nobody knows it, whoever has the token before.
 */
export function nextTokens(ctx: IdentityContext, refreshToken: string): readonly TokenPair[] {
  const family = refreshToken.slice(4, 4 + familyChars);
  const access = ctx.keys.macs("program_next_access", refreshToken);
  return ctx.keys.macs("program_next_refresh", refreshToken).flatMap((refresh, n) => {
    const paired = access[n];
    if (paired === undefined) return [];
    return [{ accessToken: `cfa_${toBase32(paired)}`, refreshToken: `cfr_${family}${toBase32(refresh)}` }];
  });
}
