import { isIP } from "node:net";
import { Failure } from "@casaforte/kernel";
import { isPublicAddress } from "@casaforte/platform/net";

const httpsPort = 443;
/** Below stand the services of the system, mail and data bases among them, which nobody shall reach through us. */
const freePortsFrom = 1024;

/**
 * An address to send to, as it is stored: https, without a password or a fragment. Where its name leads is looked at anew
 * before each sending (security.md, check 9). @throws invalid `webhooks.url`, forbidden `net.not_public`.
 */
export function parseEndpointUrl(text: string): string {
  const url = URL.parse(text);
  const port = url === null || url.port === "" ? httpsPort : Number(url.port);
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "" || url.hash !== "")
    throw new Failure("invalid", "webhooks.url", "an address begins with https:// and holds no password");
  if (port !== httpsPort && port < freePortsFrom)
    throw new Failure("invalid", "webhooks.url", "the port is 443 or one above 1023");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 ? !isPublicAddress(host) : !host.includes(".") || host.endsWith(".localhost"))
    throw new Failure("forbidden", "net.not_public", "only servers of the public internet are connected to");
  return url.href;
}
