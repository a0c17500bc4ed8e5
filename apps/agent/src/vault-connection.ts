import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { silenceMsMax } from "./limits.ts";

/** Where what comes goes: straight into this memory (`onread` of node:net). */
export interface ReadsInto {
  buffer(): Uint8Array;
  callback(count: number): boolean;
}

/** A connection to a vault for what the ordinary client is too slow at. It closes after a long silence. */
export function openConnection(target: URL, onread: ReadsInto): Socket {
  const host = target.hostname.replace(/^\[|\]$/g, "");
  const isTls = target.protocol === "https:";
  const port = target.port === "" ? (isTls ? 443 : 80) : Number(target.port);
  // Node documents `onread` for TLS as well; its types do not.
  const tls = { host, port, onread, ALPNProtocols: ["http/1.1"], ...(isIP(host) === 0 ? { servername: host } : {}) };
  const socket = isTls ? connectTls(tls) : connect({ host, port, onread });
  socket.setNoDelay(true);
  socket.setTimeout(silenceMsMax, () => socket.destroy());
  return socket;
}
