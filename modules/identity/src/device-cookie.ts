import { toBase64Url } from "@casaforte/kernel";
import type { IdentityContext } from "./context.ts";
import { oneSpelling } from "./login-spelling.ts";
import { equalSecrets } from "./secrets.ts";
import type { Realm } from "./types.ts";

/**
 * A cookie that says «somebody signed in to this login from this browser before», so that strangers' guesses cannot
 * shut that browser out (security.md, check 13). It proves nothing else. Form: id.mac, bound to realm and login.
 */
export function issueDeviceCookie(ctx: IdentityContext, realm: Realm, login: string): string {
  const id = toBase64Url(ctx.random.bytes(16));
  return `${id}.${toBase64Url(ctx.keys.macs("device", realm, oneSpelling(login), id)[0])}`;
}

/** The id inside a genuine cookie for this login, or null. */
export function readDeviceCookie(
  ctx: Pick<IdentityContext, "keys">,
  realm: Realm,
  login: string,
  cookie: string | null,
): string | null {
  const [id, mac, ...rest] = (cookie ?? "").split(".");
  if (id === undefined || mac === undefined || rest.length > 0 || id.length !== 22) return null;
  const presented = Buffer.from(mac, "base64url");
  return ctx.keys.macs("device", realm, oneSpelling(login), id).some((right) => equalSecrets(right, presented))
    ? id
    : null;
}
