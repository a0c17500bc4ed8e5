import { Failure } from "@casaforte/kernel";
import { formatMailAddress, parseInItsCase } from "./address.ts";
import { domainLimits } from "./limits.ts";
import type { Address } from "./types.ts";

/** Addresses with their local part as it is written, each once. @throws invalid `domains.address`. */
export const parseForwards = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.map((text) => formatMailAddress(parseInItsCase(text)))),
];

/** What a kind of address may lead to. @throws invalid and too_large `domains.target`. */
export function checkTargets({ kind, mailAccountId, forwardTo }: Address): void {
  const wrong = (why: string) => new Failure("invalid", "domains.target", why);
  const needsAccount = kind === "mailbox" || kind === "alias";
  if (needsAccount && mailAccountId === null) throw wrong("a mailbox address or alias leads to a mail account");
  if (kind === "mailbox" && forwardTo.length > 0) throw wrong("forward by an alias or a forward address");
  if (kind === "group" && mailAccountId !== null) throw wrong("the members of a group are addresses");
  if (!needsAccount && mailAccountId === null && forwardTo.length === 0) throw wrong("say where the address leads");
  const most = kind === "group" ? domainLimits.groupMembersMax : domainLimits.forwardTargetsMax;
  if (forwardTo.length > most) throw new Failure("too_large", "domains.target", "too many addresses to lead to");
}
