import type { IncomingMessage } from "node:http";
import { httpLimits } from "./limits.ts";

/**
 * Reads what is left of a refused request's body and throws it away, so that the client, still writing, gets to read the
 * refusal instead of a reset connection (RFC 9112 §9.6). Gives up past `refusedBodyBytesMax` or `refusedBodyWaitMs`.
 */
export function drainBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let left: number = httpLimits.refusedBodyBytesMax;
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    };
    const done = () => {
      clearTimeout(timer);
      request.off("data", count).off("end", done).off("close", done).off("error", done);
      resolve();
    };
    const timer = setTimeout(done, httpLimits.refusedBodyWaitMs);
    request.on("data", count).on("end", done).on("close", done).on("error", done);
    request.resume();
  });
}
