import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { isIP } from "node:net";
import type { FetchedImage } from "@casaforte/modules/mailbox";
import { isPublicAddress, publicLookup } from "@casaforte/platform/net";

const imageBytesMax = 8_000_000;
const redirectsMax = 3;
const timeoutMs = 10_000;

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
