import { ApiProblem, callApi, readProblem } from "@casaforte/ui-kit";
import type { JmapSession } from "./types.ts";

const using = [
  "urn:ietf:params:jmap:core",
  "urn:ietf:params:jmap:mail",
  "urn:ietf:params:jmap:submission",
  "urn:ietf:params:jmap:vacationresponse",
  "urn:ietf:params:jmap:quota",
  "urn:casaforte:jmap:sender",
];
const requestsInFlightMax = 4;
const retriesMax = 3;

/** One call: name, arguments, id. */
export type Invocation = readonly [name: string, args: Readonly<Record<string, unknown>>, callId: string];

/** The session and what is sent to it: same origin, the session's cookie, at most four requests at once. */
export class Transport {
  readonly session: JmapSession;
  readonly accountId: string;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  private constructor(session: JmapSession, accountId: string) {
    this.session = session;
    this.accountId = accountId;
  }

  /** @throws ApiProblem. */
  static async open(): Promise<Transport> {
    const session = await callApi<JmapSession>("/jmap/session");
    const accountId = session.primaryAccounts["urn:ietf:params:jmap:mail"];
    if (accountId === undefined) throw new ApiProblem(403, "forbidden", "no mail account");
    return new Transport(session, accountId);
  }

  /** Answers in order. Retries when the server says it is too busy. @throws ApiProblem. */
  async send(methodCalls: readonly Invocation[]): Promise<readonly Invocation[]> {
    await this.#slot();
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          const reply = await callApi<{ methodResponses: readonly Invocation[] }>(this.session.apiUrl, {
            body: { using, methodCalls },
          });
          return reply.methodResponses;
        } catch (error) {
          const isBusy = error instanceof ApiProblem && (error.status === 429 || error.status === 503);
          if (!isBusy || attempt >= retriesMax) throw error;
          await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
        }
      }
    } finally {
      this.#inFlight -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** The same session, another account. */
  for(accountId: string): Transport {
    return new Transport(this.session, accountId);
  }

  async #slot(): Promise<void> {
    if (this.#inFlight >= requestsInFlightMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inFlight += 1;
  }

  /** Stores a file for an attachment. @throws ApiProblem. */
  async upload(file: Blob): Promise<{ readonly blobId: string; readonly type: string; readonly size: number }> {
    const url = this.session.uploadUrl.replace("{accountId}", encodeURIComponent(this.accountId));
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": file.type === "" ? "application/octet-stream" : file.type },
      body: file,
    }).catch(() => {
      throw new ApiProblem(0, "network", "the server was not reached");
    });
    if (!response.ok) throw await readProblem(response);
    return (await response.json()) as { blobId: string; type: string; size: number };
  }

  /** A blob's bytes under its own media type. @throws ApiProblem. */
  async download(blobId: string, name: string, type: string): Promise<Blob> {
    const response = await fetch(this.downloadUrl(blobId, name, type), { credentials: "same-origin" }).catch(() => {
      throw new ApiProblem(0, "network", "the server was not reached");
    });
    if (!response.ok) throw await readProblem(response);
    return new Blob([await response.arrayBuffer()], { type });
  }

  /** Where a blob can be fetched. */
  downloadUrl(blobId: string, name: string, type: string): string {
    return this.session.downloadUrl
      .replace("{accountId}", encodeURIComponent(this.accountId))
      .replace("{blobId}", encodeURIComponent(blobId))
      .replace("{name}", encodeURIComponent(name.replaceAll("/", "_")))
      .replace("{type}", encodeURIComponent(type));
  }
}
