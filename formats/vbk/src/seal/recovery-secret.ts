import { Failure, type Random } from "@casaforte/kernel";
import { sha256 } from "../sha256.ts";

/** Crockford's base 32: no I, L, O, U, so that it can be read out and typed. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 160 bits of chance and 20 bits to catch a slip of the pen: 36 characters in groups of four. */
const secretBytes = 20;
const secretCharacters = 32;
const sumCharacters = 4;

/** A fresh recovery secret, as printed: `XXXX-XXXX-…`, 36 characters. */
export function generateRecoverySecret(random: Random): string {
  const bytes = random.bytes(secretBytes);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let index = secretCharacters - 1; index >= 0; index--) {
    text += alphabet.charAt(Number((bits >> BigInt(index * 5)) & 31n));
  }
  return (text + checkSum(text)).replace(/(.{4})(?=.)/g, "$1-");
}

/** The one spelling of a secret that was typed in. @throws invalid `seal.recovery_secret` when mistyped. */
export function normaliseRecoverySecret(typed: string): string {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  const secret = text.slice(0, secretCharacters);
  if (text.length !== secretCharacters + sumCharacters || checkSum(secret) !== text.slice(secretCharacters)) {
    throw new Failure("invalid", "seal.recovery_secret", "the recovery secret is mistyped");
  }
  return secret;
}

function checkSum(text: string): string {
  const sum = sha256([new TextEncoder().encode(text)]);
  return Array.from(sum.subarray(0, sumCharacters), (byte) => alphabet.charAt(byte & 31)).join("");
}
