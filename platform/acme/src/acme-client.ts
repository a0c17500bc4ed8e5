import { type Clock, Failure } from "@casaforte/kernel";
import { z } from "zod";
import { AccountKey, type ExternalAccount } from "./account-key.ts";
import { failureOf, parseJson, problemOf, retryAfterMs, wordsOf } from "./acme-failure.ts";
import { acmeLimits } from "./limits.ts";
import { type Answer, requestAuthority } from "./request-authority.ts";

export interface AcmeOptions {
  /** The authority's directory, https. */
  readonly directory: string;
  /** PKCS#8 PEM of a P-256 key. */
  readonly accountKey: string;
  readonly clock: Clock;
  /** PEM of the authority's own root, where it is not a public one. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
}

const orderSchema = z.object({
  status: z.enum(["pending", "ready", "processing", "valid", "invalid"]),
  authorizations: z.array(z.string()).max(100),
  finalize: z.string(),
  certificate: z.string().optional(),
  error: z.unknown().optional(),
});
/** RFC 8555 §7.1.3. */
export type AcmeOrder = z.infer<typeof orderSchema> & { readonly url: string };

const directorySchema = z.object({ newNonce: z.string(), newAccount: z.string(), newOrder: z.string() });
const authorizationSchema = z.object({
  status: z.string(),
  challenges: z
    .array(
      z.object({ type: z.string(), url: z.string(), token: z.string().default(""), error: z.unknown().optional() }),
    )
    .max(100),
});

/** What to answer at `http://NAME/.well-known/acme-challenge/TOKEN` (RFC 8555 §8.3). */
export interface HttpChallenge {
  readonly url: string;
  readonly token: string;
  readonly answer: string;
}

/**
 * An account's side of ACME (RFC 8555) with http-01. Keeps no state but the account's address and a nonce: an order goes on
 * from its address in another process. Every call @throws unavailable `acme.unreachable`, rate_limited `acme.rate_limited`
 * (with `retryAfterMs` where the authority names a time), precondition `acme.refused`, `acme.no_account`,
 * not_found `acme.no_such_order`; the message is the authority's.
 */
export class AcmeClient {
  readonly #options: AcmeOptions;
  readonly #key: AccountKey;
  #directory: z.infer<typeof directorySchema> | null = null;
  #nonce: string | null = null;
  #account: string | null;

  /** `accountUrl`: what `register` answered before. */
  constructor(options: AcmeOptions, accountUrl: string | null = null) {
    this.#options = options;
    this.#key = new AccountKey(options.accountKey);
    this.#account = accountUrl;
  }

  /** Makes the account, or finds that of this key, agreeing to the authority's terms. Its address. */
  async register(account: { readonly contact: string; readonly externalAccount?: ExternalAccount }): Promise<string> {
    const { newAccount } = await this.#read();
    const { contact, externalAccount } = account;
    this.#account = null;
    const answer = await this.#post(newAccount, {
      termsOfServiceAgreed: true,
      contact: [`mailto:${contact}`],
      ...(externalAccount ? { externalAccountBinding: this.#key.bind(externalAccount, newAccount) } : {}),
    });
    this.#account = locationOf(answer);
    return this.#account;
  }

  /** Orders a certificate for one host name. */
  async order(name: string): Promise<AcmeOrder> {
    const { newOrder } = await this.#read();
    const answer = await this.#post(newOrder, { identifiers: [{ type: "dns", value: name }] });
    return orderOf(locationOf(answer), answer);
  }

  async readOrder(url: string): Promise<AcmeOrder> {
    return orderOf(url, await this.#post(url, null));
  }

  /** The challenges of an order that are still to be answered; none where the authority knows us already. */
  async challengesOf(order: AcmeOrder): Promise<readonly HttpChallenge[]> {
    const open: HttpChallenge[] = [];
    for (const url of order.authorizations) {
      const { status, challenges } = read(authorizationSchema, await this.#post(url, null));
      if (status !== "pending") continue;
      const challenge = challenges.find(({ type }) => type === "http-01");
      // It becomes part of a path and of what is stored.
      if (challenge === undefined || !/^[\w-]{16,200}$/.test(challenge.token))
        throw new Failure("precondition", "acme.refused", "the certificate authority offers no http-01 challenge");
      open.push({ url: challenge.url, token: challenge.token, answer: this.#key.answerTo(challenge.token) });
    }
    return open;
  }

  /** Tells the authority that the answer is there to be read. */
  async ready(challenge: HttpChallenge): Promise<void> {
    await this.#post(challenge.url, {});
  }

  /** Waits while the order is in one of these states. @throws unavailable `acme.pending` after `waitMs`. */
  async whileIn(order: AcmeOrder, states: readonly AcmeOrder["status"][]): Promise<AcmeOrder> {
    const { clock, signal } = this.#options;
    const end = clock.nowMs() + acmeLimits.waitMs;
    for (;;) {
      const answer = await this.#post(order.url, null);
      const now = orderOf(order.url, answer);
      if (!states.includes(now.status)) return now;
      const wait = retryAfterMs(answer.headers["retry-after"], clock.nowMs()) ?? acmeLimits.pollMs;
      if (clock.nowMs() + wait > end)
        throw new Failure("unavailable", "acme.pending", "the certificate authority is still looking");
      await clock.sleep(Math.max(wait, acmeLimits.pollMs / 4), signal);
    }
  }

  /** Hands in the request (DER) of an order that is ready. */
  async finalize(order: AcmeOrder, request: Uint8Array): Promise<AcmeOrder> {
    return orderOf(order.url, await this.#post(order.finalize, { csr: Buffer.from(request).toString("base64url") }));
  }

  /** The certificate of a valid order with its chain, PEM. */
  async certificateOf(order: AcmeOrder): Promise<string> {
    const { body } = await this.#post(order.certificate ?? "", null);
    return body;
  }

  /** Why the order came to nothing, in the authority's words: its own error, else that of a challenge. */
  async reasonOf(order: AcmeOrder): Promise<string> {
    const problems = [order.error];
    for (const url of order.authorizations)
      problems.push(...read(authorizationSchema, await this.#post(url, null)).challenges.map(({ error }) => error));
    const known = problems.map(problemOf).find(({ type }) => type !== "");
    return known === undefined ? "the certificate authority gave no reason" : wordsOf(known);
  }

  async #read(): Promise<z.infer<typeof directorySchema>> {
    if (this.#directory !== null) return this.#directory;
    const answer = await this.#ask(this.#options.directory, "GET");
    if (answer.status !== 200) throw failureOf(answer, this.#options.clock.nowMs());
    this.#directory = read(directorySchema, answer);
    return this.#directory;
  }

  /** A signed request; one whose nonce was refused is sent again with another (RFC 8555 §6.5). */
  async #post(url: string, payload: object | null): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const nonce = this.#nonce ?? (await this.#freshNonce());
      this.#nonce = null;
      const jws = this.#key.sign({ url, nonce, accountUrl: this.#account, payload });
      const answer = await this.#ask(url, "POST", JSON.stringify(jws));
      if (answer.status >= 200 && answer.status < 300) return answer;
      const isNonceRefused = answer.status === 400 && answer.body.includes("urn:ietf:params:acme:error:badNonce");
      if (!isNonceRefused || tries >= acmeLimits.noncesMax) throw failureOf(answer, this.#options.clock.nowMs());
    }
  }

  async #freshNonce(): Promise<string> {
    const { newNonce } = await this.#read();
    const answer = await this.#ask(newNonce, "HEAD");
    const nonce = this.#nonce;
    if (nonce === null) throw failureOf(answer, this.#options.clock.nowMs());
    return nonce;
  }

  async #ask(url: string, method: "GET" | "HEAD" | "POST", body?: string): Promise<Answer> {
    const { ca, signal } = this.#options;
    const answer = await requestAuthority(url, {
      method,
      ...(body === undefined ? {} : { body }),
      ...(ca === undefined ? {} : { ca }),
      ...(signal === undefined ? {} : { signal }),
    });
    const nonce = answer.headers["replay-nonce"];
    if (typeof nonce === "string" && /^[\w-]{1,500}$/.test(nonce)) this.#nonce = nonce;
    return answer;
  }
}

function read<T>(schema: z.ZodType<T>, answer: Answer): T {
  const parsed = schema.safeParse(parseJson(answer.body));
  if (parsed.success) return parsed.data;
  throw new Failure("unavailable", "acme.unreachable", "the certificate authority's answer is of an unknown form", {
    cause: parsed.error,
  });
}

const orderOf = (url: string, answer: Answer): AcmeOrder => ({ ...read(orderSchema, answer), url });

function locationOf({ headers }: Answer): string {
  if (headers.location === undefined)
    throw new Failure("unavailable", "acme.unreachable", "the certificate authority named no address");
  return headers.location;
}
