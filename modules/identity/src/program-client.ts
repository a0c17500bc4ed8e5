import { createHash } from "node:crypto";
import { Failure, toBase64Url } from "@casaforte/kernel";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { equalSecrets } from "./secrets.ts";

/** What a mail program says of itself; nobody has looked whether it is so. */
export interface ProgramClient {
  readonly name: string;
  /** On the person's own device alone: a loopback address or a scheme of the program's own (RFC 8252 §7). */
  readonly redirectUris: readonly string[];
}

const unknown = () =>
  new Failure(
    "invalid",
    "identity.program_unknown",
    "this program is not registered here, or its registration is too old",
  );

/**
 * Registers a program (RFC 7591) without keeping anything: what it said of itself is in the client id, under a key of ours
 * (appendix A.5.2 there). So registering, which is open to everybody, fills no table and needs no end.
 * @throws invalid `identity.program_metadata`, `identity.program_redirect`.
 */
export function registerProgram(
  ctx: IdentityContext,
  input: ProgramClient,
): { readonly clientId: string } & ProgramClient {
  const name = input.name.normalize("NFC").trim();
  if (name.length === 0 || name.length > identityLimits.programNameCharsMax || /\p{C}/u.test(name))
    throw new Failure("invalid", "identity.program_metadata", "client_name: one line of at most 100 characters");
  const redirectUris = [...new Set(input.redirectUris)];
  if (redirectUris.length === 0 || redirectUris.length > identityLimits.programRedirectsMax)
    throw new Failure("invalid", "identity.program_redirect", "redirect_uris: from one to five");
  for (const uri of redirectUris) if (!isOnDevice(uri)) throw badRedirect();
  const said = JSON.stringify({ n: name, r: redirectUris, x: toBase64Url(ctx.random.bytes(9)) });
  const body = Buffer.from(said, "utf8").toString("base64url");
  return { clientId: `${body}.${ctx.keys.macs("program_client", body)[0].toString("base64url")}`, name, redirectUris };
}

const badRedirect = () =>
  new Failure(
    "invalid",
    "identity.program_redirect",
    "redirect_uri: http://127.0.0.1, http://[::1] or http://localhost with any port, or a scheme of your own such as org.example.mail:/",
  );

/** What the program with this id said of itself. @throws invalid `identity.program_unknown`. */
export function readProgramClient(ctx: IdentityContext, clientId: string): ProgramClient {
  const [body = "", mac = "", ...more] = clientId.split(".");
  const shown = Buffer.from(mac, "base64url");
  const isOurs = ctx.keys.macs("program_client", body).some((known) => equalSecrets(known, shown));
  if (clientId.length > identityLimits.programIdCharsMax || more.length > 0 || !isOurs) throw unknown();
  const said = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as { n: string; r: string[] };
  return { name: said.n, redirectUris: said.r };
}

/** The stored form of a client id. It is no secret: whoever knows one knows what the program said of itself. */
export const hashClientId = (clientId: string): Buffer => createHash("sha256").update(clientId, "utf8").digest();

const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?(?=\/|\?|$)/;
/** RFC 8252 §7.1: a domain name in reverse, so that it holds a dot. */
const ownScheme = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:/;

/**
 * Whether an answer sent there reaches a program on the device of the person alone. No site is among them: anybody may
 * register any name, so a site could have itself let in by whoever believes the name.
 */
function isOnDevice(uri: string): boolean {
  if (uri.length > identityLimits.programRedirectCharsMax || !/^[!-~]+$/.test(uri)) return false;
  if (/[#\\"<>^`{|}]/.test(uri) || !URL.canParse(uri)) return false;
  return loopback.test(uri) || ownScheme.test(uri);
}

/** Exactly one of those registered; of loopback addresses the port is free, since a program takes one that is (RFC 8252 §7.3). */
export function isRegisteredRedirect(client: ProgramClient, uri: string): boolean {
  if (!isOnDevice(uri)) return false;
  const portless = (text: string) => text.replace(loopback, "http://$1");
  return client.redirectUris.some(
    (known) => known === uri || (loopback.test(known) && portless(known) === portless(uri)),
  );
}

/** Where an answer goes, as a person can read it: `localhost`, `org.example.mail`. */
export function placeOfRedirect(uri: string): string {
  return loopback.exec(uri)?.[1] ?? uri.slice(0, uri.indexOf(":"));
}
