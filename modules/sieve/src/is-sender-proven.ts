import type { SieveMessage } from "@casaforte/sieve";

/**
 * Whether what was found at the door proves the envelope's sender, so that a refusal is mailed to who wrote and not to
 * whose name was forged (RFC 5429 §2.1.2). Where we looked at nothing, as with mail of our own users, there is no doubt.
 */
export function isSenderProven(message: SieveMessage, sender: string, hostname: string): boolean {
  const fields = message.fields("authentication-results").map((value) => value.replace(/\s+/g, " ").trim());
  const found = fields.find((value) => value.toLowerCase().startsWith(`${hostname.toLowerCase()};`));
  if (found === undefined || found.endsWith("; none (checks are switched off)")) return true;
  const domain = sender.slice(sender.lastIndexOf("@") + 1).toLowerCase();
  // Addresses stand in the results too: only how one begins says what it is.
  const results = found
    .replace(/"(?:[^"\\]|\\.)*"|\([^()]*\)/g, "")
    .split(";")
    .map((result) => result.trim().toLowerCase());
  return results.some((result) => {
    const signer = /^dkim=pass .*?\bheader\.d=([^ ]+)/.exec(result)?.[1];
    return /^spf=pass\b/.test(result) || (signer !== undefined && (domain === signer || domain.endsWith(`.${signer}`)));
  });
}
