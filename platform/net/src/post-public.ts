import { request } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Failure } from "@casaforte/kernel";
import { isPublicAddress, publicLookup } from "./public-address.ts";

export interface PublicPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Ends it; the caller sets its time. */
  readonly signal: AbortSignal;
}

/** How a test reaches a server of its own on this machine. */
export interface PublicPostDoor {
  readonly lookup: LookupFunction;
  readonly ca: string;
  readonly port: number;
}

/**
 * Whether an address that somebody gave us may be posted to: https on its usual port, a host of the public internet by its
 * look, nobody's name and password in it (security.md, check 9). Where the name leads is asked when it is connected to.
 */
export function isPublicHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, port, username, password, hostname } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isOpen = isIP(host) !== 0 ? isPublicAddress(host) : host.includes(".");
  return protocol === "https:" && port === "" && username === "" && password === "" && isOpen;
}

/**
 * Posts to a server of the public internet and answers its status; what it says is not read, and a redirect is not followed.
 * @throws forbidden `net.not_public`; unavailable `net.no_answer`.
 */
export function postPublic(url: string, post: PublicPost, door?: PublicPostDoor): Promise<number> {
  if (!isPublicHttps(url)) {
    throw new Failure("forbidden", "net.not_public", "only servers of the public internet are connected to");
  }
  const { headers, body, signal } = post;
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      method: "POST",
      headers: { ...headers, "content-length": String(body.length) },
      lookup: publicLookup,
      agent: false,
      signal,
      ...door,
    });
    sending.on("response", (response) => {
      response.on("error", () => undefined).destroy();
      resolve(response.statusCode ?? 0);
    });
    sending.on("error", (cause) => {
      reject(new Failure("unavailable", "net.no_answer", "the server does not answer", { cause }));
    });
    sending.end(body);
  });
}
