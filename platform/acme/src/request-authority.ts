import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { Failure } from "@casaforte/kernel";
import { acmeLimits } from "./limits.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method: "GET" | "HEAD" | "POST";
  readonly body?: string;
  /** PEM of the authority's own root, where it is not a public one. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
}

/** One request over https; redirects are not followed. @throws unavailable `acme.unreachable`. */
export function requestAuthority(url: string, { method, body, ca, signal }: Ask): Promise<Answer> {
  const late = AbortSignal.timeout(acmeLimits.requestMs);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const fail = (cause: unknown) =>
    reject(
      new Failure("unavailable", "acme.unreachable", "the certificate authority does not answer", {
        cause,
      }),
    );
  if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
    fail(new Error(`not an https address: ${url.slice(0, acmeLimits.wordsMax)}`));
    return promise;
  }
  const asking = request(url, {
    method,
    agent: false,
    signal: signal ? AbortSignal.any([late, signal]) : late,
    headers: {
      "user-agent": "casaforte",
      ...(body === undefined
        ? {}
        : { "content-type": "application/jose+json", "content-length": Buffer.byteLength(body) }),
    },
    ...(ca === undefined ? {} : { ca }),
  });
  asking.on("error", fail);
  asking.on("response", (response) => {
    const parts: Buffer[] = [];
    let length = 0;
    response.on("error", fail);
    response.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= acmeLimits.answerBytesMax) parts.push(part);
      else response.destroy(new Error("the answer is too long"));
    });
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(parts).toString("utf8"),
      }),
    );
  });
  asking.end(body);
  return promise;
}
