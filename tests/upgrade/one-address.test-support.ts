import { readFileSync } from "node:fs";
import { request } from "node:https";
import { connect, createServer, type Server } from "node:net";
import { expect } from "vitest";

/** What stands before two processes that share a public address, and leads to one of them at a time. */
export class OneAddress {
  readonly #server: Server;
  /** Where the next connections go. */
  port = 0;

  constructor(at: number) {
    this.#server = createServer((outer) => {
      const inner = connect(this.port, "127.0.0.1");
      outer.pipe(inner).pipe(outer);
      outer.on("error", () => inner.destroy());
      inner.on("error", () => outer.destroy());
    }).listen(at, "127.0.0.1");
  }

  close(): void {
    this.#server.close();
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A browser at a public address: whichever process is asked, by its port, sees the same host, origin and cookies. */
export class Browser {
  readonly #origin: string;
  readonly #ca: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string, certificate: string) {
    this.#origin = origin;
    this.#ca = readFileSync(certificate, "utf8");
  }

  /** A body makes it a POST. */
  async ask(port: number, path: string, body?: object): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = {
      host: new URL(this.#origin).host,
      origin: this.#origin,
      "sec-fetch-site": "same-origin",
      "content-type": "application/json",
      cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    };
    const method = body === undefined ? "GET" : "POST";
    const asked = request({ host: "localhost", port, path, method, headers, ca: this.#ca, agent: false }, (reply) => {
      for (const cookie of reply.headers["set-cookie"] ?? []) {
        const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
        if (value === "") this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      // A stream of hints has no end.
      if (reply.headers["content-type"]?.startsWith("text/event-stream")) {
        resolve({ status: reply.statusCode ?? 0, body: null });
        return reply.destroy();
      }
      let text = "";
      reply.setEncoding("utf8").on("data", (part: string) => (text += part));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body: parsed(text) }));
      reply.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  /** What a request that must go well brings. */
  async get<T>(port: number, path: string, body?: object): Promise<T> {
    const answer = await this.ask(port, path, body);
    expect([200, 201], `${path}: ${JSON.stringify(answer)}`).toContain(answer.status);
    return answer.body as T;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
