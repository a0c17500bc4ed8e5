import { domainToASCII, domainToUnicode } from "node:url";

/** An address with its domain as people read it and in its coded form (`xn--…`). */
export interface LoginSpellings {
  readonly letters: string;
  readonly coded: string;
}

/** What ends a host name in a URL, or stands for another character there: such a domain would become another one. */
const noDomain = /[\s/?#%\\:@]/u;

/** The two forms of an address (RFC 5890; UTS 46), without a dot at the end; null for what has no sound domain. */
export function spellLogin(login: string): LoginSpellings | null {
  const at = login.lastIndexOf("@");
  const domain = login.slice(at + 1);
  const coded = at < 1 || noDomain.test(domain) ? "" : domainToASCII(domain).replace(/\.+$/u, "");
  if (coded === "") return null;
  const mailbox = login.slice(0, at + 1);
  return { letters: `${mailbox}${domainToUnicode(coded)}`, coded: `${mailbox}${coded}` };
}

/**
 * The one spelling of all that are mailed alike: `ada@firm.it.`, `ada@ｆirm.it` and `ada@firm.it` are one mailbox, and
 * so are `ada@bücher.it` and `ada@xn--bcher-kva.it`. What is no address stays as it is.
 */
export const oneSpelling = (login: string): string => spellLogin(login)?.letters ?? login;

/** How somebody's login may be stored, by what was typed; as it was typed first. */
export function storedSpellings(login: string): readonly string[] {
  const forms = spellLogin(login);
  return forms === null ? [login] : [...new Set([login, forms.letters, forms.coded])];
}

/**
 * Whether an address is written in one of its two forms. Only then what is known of its domain as it is written, such as
 * that its owner signed a mail (DMARC), holds for the login that it leads to.
 */
export function isPlainlySpelled(address: string): boolean {
  const written = address.trim().normalize("NFC").toLowerCase();
  const forms = spellLogin(written);
  return forms !== null && (written === forms.letters || written === forms.coded);
}
