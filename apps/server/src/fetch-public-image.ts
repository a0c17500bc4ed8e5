import { lookup } from "node:dns";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { FetchedImage } from "@casaforte/modules/mailbox";

const imageBytesMax = 8_000_000;
const redirectsMax = 3;
const timeoutMs = 10_000;

/** Addresses that are nobody's public web server: loopback, private, link-local, documentation, multicast and the rest. */
const inside = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  inside.addSubnet(net, prefix, "ipv4");
}

/** Whether a server of ours may connect there for somebody else (security.md, check 9). IPv6: global unicast only. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !inside.check(address, "ipv4");
  if (family !== 6) return false;
  const first = Number.parseInt(address.split(":")[0] || "0", 16);
  // 2000::/3, without 6to4 and Teredo, which carry an IPv4 address, and documentation.
  return first >= 0x2000 && first <= 0x3fff && first !== 0x2002 && !/^2001:(?:0{0,4}:|db8:)/i.test(address);
}

/** Resolves once and connects to what was checked, so that a second answer of the DNS cannot lead inside. */
export const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { all: true, family: options.family ?? 0 }, (error, addresses) => {
    if (error !== null) return done(error, "");
    const [first] = addresses.filter(({ address }) => isPublicAddress(address));
    if (first === undefined) return done(Object.assign(new Error("not a public address"), { code: "EACCES" }), "");
    if (options.all) done(null, [first]);
    else done(null, first.address, first.family);
  });
};

/**
 * Fetches a picture of a message for its reader: no cookie, no referrer, no address of his. Public web servers only,
 * after each redirect anew; bounded in time, size and redirects. Null for whatever is not a picture or does not answer.
 */
export async function fetchPublicImage(url: string): Promise<FetchedImage | null> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    let target = new URL(url);
    for (let hop = 0; hop <= redirectsMax; hop++) {
      const response = await open(target, deadline);
      const location = response.headers.location;
      const status = response.statusCode ?? 0;
      if (status >= 300 && status < 400 && location !== undefined) {
        response.destroy();
        target = new URL(location, target);
        continue;
      }
      const type = (response.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
      if (status === 200 && type.startsWith("image/")) return { type, bytes: await readAll(response) };
      response.destroy();
      return null;
    }
  } catch {
    // Whatever is wrong with a stranger's server, the reader sees no picture.
  }
  return null;
}

function open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const isPlainPort = url.port === "" || url.port === "80" || url.port === "443";
  if (!isWeb || !isPlainPort || url.username !== "" || (isIP(host) !== 0 && !isPublicAddress(host))) {
    return Promise.reject(new Error("not a public address"));
  }
  const get = url.protocol === "https:" ? httpsGet : httpGet;
  return new Promise((resolve, reject) => {
    const headers = { accept: "image/png,image/jpeg,image/gif,image/webp,image/avif", "user-agent": "Mozilla/5.0" };
    get(url, { lookup: publicLookup, signal, headers, agent: false }, resolve).on("error", reject);
  });
}

async function readAll(response: IncomingMessage): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > imageBytesMax) throw new Error("the picture is too large");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
