import type { Socket } from "node:net";
import { isIP } from "node:net";
import { plainAddress } from "@casaforte/kernel/addresses";
import { netLimits } from "./limits.ts";

/**
 * `wait`: not all of it is there. `address`: whose connection it is, in its one spelling (`plainAddress`); null where the proxy
 * speaks for itself.
 */
export type ProxyHeader =
  | { readonly kind: "wait" }
  | { readonly kind: "broken" }
  | { readonly kind: "read"; readonly address: string | null; readonly sizeBytes: number };

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const broken: ProxyHeader = { kind: "broken" };
const wait: ProxyHeader = { kind: "wait" };

/** The header of a connection that comes through a proxy, in words or binary (HAProxy's PROXY protocol, versions 1 and 2). */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const start = bytes.subarray(0, signature.length);
  if (start.equals(signature.subarray(0, start.length))) return start.length < signature.length ? wait : binary(bytes);
  return words(bytes);
}

/** Section 2.1. */
function words(bytes: Buffer): ProxyHeader {
  const text = bytes.toString("latin1", 0, 108);
  const end = text.indexOf("\r\n");
  if (end < 0) return text.length < 108 && "PROXY ".startsWith(text.slice(0, 6)) ? wait : broken;
  const sizeBytes = end + 2;
  if (/^PROXY UNKNOWN(?: .*)?$/.test(text.slice(0, end))) return { kind: "read", address: null, sizeBytes };
  const [, kind, source = "", target = "", ...ports] =
    /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(text.slice(0, end)) ?? [];
  if (kind === undefined || isIP(source) !== Number(kind) || isIP(target) !== Number(kind)) return broken;
  if (ports.some((port) => Number(port) > 65_535)) return broken;
  return { kind: "read", address: plainAddress(source), sizeBytes };
}

/** Section 2.2. */
function binary(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return wait;
  const [command = 0, family = 0] = bytes.subarray(12, 14);
  const length = bytes.readUInt16BE(14);
  if (length > netLimits.proxyHeaderBytesMax || (command !== 0x20 && command !== 0x21)) return broken;
  const sizeBytes = 16 + length;
  if (bytes.length < sizeBytes) return wait;
  // LOCAL: the proxy asks whether we are well. What is neither TCP nor of the internet has no address for us.
  if (command === 0x20) return { kind: "read", address: null, sizeBytes };
  if (family === 0x11 && length >= 12)
    return { kind: "read", address: [...bytes.subarray(16, 20)].join("."), sizeBytes };
  if (family !== 0x21 || length < 36) return family === 0 ? { kind: "read", address: null, sizeBytes } : broken;
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(16 + 2 * at).toString(16));
  return { kind: "read", address: plainAddress(groups.join(":")), sizeBytes };
}

/**
 * Reads the header off a fresh socket and leaves what follows to its reader. Answers whose connection it is, or null where the
 * proxy speaks for itself. @throws Error for anything else, in time.
 */
export function readProxyHeader(socket: Socket, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const end = (error: Error | null, address: string | null = null) => {
      clearTimeout(timer);
      socket.off("readable", read).off("close", close).off("error", end);
      signal.removeEventListener("abort", close);
      if (error) reject(error);
      else resolve(address);
    };
    const close = () => end(new Error("closed before its PROXY header"));
    const read = () => {
      for (let chunk: unknown = socket.read(); chunk instanceof Buffer; chunk = socket.read()) {
        seen = Buffer.concat([seen, chunk]);
        const header = parseProxyHeader(seen);
        if (header.kind === "wait") continue;
        if (header.kind === "broken") return end(new Error("no PROXY header"));
        const rest = seen.subarray(header.sizeBytes);
        if (rest.length > 0) socket.unshift(rest);
        return end(null, header.address);
      }
    };
    const timer = setTimeout(() => end(new Error("no PROXY header in time")), netLimits.proxyHeaderMs);
    socket.on("readable", read).once("close", close).once("error", end);
    signal.addEventListener("abort", close, { once: true });
    read();
  });
}
