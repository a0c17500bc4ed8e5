import { type Actor, assert, type Clock, Failure, type Random, type TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { type AnswerSeal, createAnswerSeal } from "./answer-seal.ts";
import { idempotencyLimits } from "./limits.ts";
import { type ActTx, type AnswerKey, holdKey, isFull, ownerOf, putAnswer, selectAnswer } from "./store.ts";

export interface AnswerServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** Who is signed in, as the route's own handler will find them. */
  authenticate(request: unknown): Promise<Actor>;
  /** On the operators' face: the one tenant whose transaction the act is, or the operators' own. */
  scopeOf?(request: FastifyRequest): TenantId | "operator";
  /** Routes that nobody signs in for. */
  isAnonymous(url: string): boolean;
  /** Routes that may be carried out twice as they are, such as a reading: a key changes nothing there. */
  isRepeatable(url: string): boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly isReplayed: boolean;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * Lets every POST of a face that makes something be sent twice (security.md, check 38): the same `Idempotency-Key` with
 * the same request gets the first answer again for a day, and the act happens once. Call it before the routes are
 * registered.
 * @throws at the requests: invalid `idempotency.key`, `idempotency.other_request`, `idempotency.not_here`;
 * conflict `idempotency.running`; rate_limited `idempotency.too_many`.
 */
export function keepAnswers(app: Face, services: AnswerServices): void {
  const seal = createAnswerSeal(services.secret, services.random);
  app.addHook("onRoute", (route) => {
    const { method, url } = route;
    const isSignIn = url.startsWith("/api/auth/");
    if (method !== "POST" || !url.startsWith("/api/") || isSignIn) return;
    if (services.isAnonymous(url) || services.isRepeatable(url)) return;
    const handler = route.handler.bind(app) as Handler;
    route.handler = (async (request: FastifyRequest, reply: FastifyReply) => {
      const header = request.headers["idempotency-key"];
      if (header === undefined) return handler(request, reply);
      const answer = await answerOnce(services, seal, request, reply, handler, parseKey(header));
      if (answer.isReplayed) reply.header("idempotency-replayed", "true");
      reply.status(answer.status);
      if (answer.body === "") return reply.send(null);
      return reply
        .type("application/json; charset=utf-8")
        .serializer((body: unknown) => String(body))
        .send(answer.body);
    }) as unknown as RouteHandlerMethod;
  });
}

function parseKey(header: string | readonly string[]): string {
  const key = typeof header === "string" ? header.trim() : "";
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > idempotencyLimits.keyCharsMax)
    throw new Failure("invalid", "idempotency.key", "an idempotency key is 1 to 100 visible ASCII characters");
  return key;
}

async function answerOnce(
  services: AnswerServices,
  seal: AnswerSeal,
  request: FastifyRequest,
  reply: FastifyReply,
  handler: Handler,
  key: string,
): Promise<Answer> {
  const { db, clock } = services;
  // Before the transaction: what is refused here stays in the log though nothing else happens.
  const actor = await services.authenticate(request);
  const { scope, callerId } = placeOf(services, actor, request);
  const held: AnswerKey = { callerId, key };
  const mac = seal.mac(JSON.stringify([request.method, request.url, request.body ?? null]));
  const act = async (tx: ActTx): Promise<Answer> => {
    const bound = `${ownerOf(tx)} ${held.callerId} ${key}`;
    const now = clock.nowMs();
    if (!(await holdKey(tx, held)))
      throw new Failure("conflict", "idempotency.running", "the first request under this key is still running", {
        details: { retryAtMs: now + idempotencyLimits.runningRetryMs },
      });
    const keptSince = new Date(now - idempotencyLimits.keptMs);
    const kept = await selectAnswer(tx, held, keptSince);
    if (kept !== null) {
      if (!kept.requestMac.equals(mac))
        throw new Failure("invalid", "idempotency.other_request", "this key was used for another request");
      return { status: kept.status, body: seal.unseal(kept.sealedAnswer, bound), isReplayed: true };
    }
    if (await isFull(tx, held.callerId, keptSince))
      throw new Failure("rate_limited", "idempotency.too_many", "this caller's keys of a day are used up", {
        details: { retryAtMs: now + idempotencyLimits.tooManyRetryMs },
      });
    const answer = await runHandler(request, reply, handler);
    await keep(tx, held, { ...answer, mac, sealed: seal.seal(answer.body, bound) }, now);
    return { ...answer, isReplayed: false };
  };
  return scope === "operator" ? db.operatorTogether(act) : db.together(scope, act);
}

/** Whose transaction an act is, and whose its key. */
function placeOf(
  { scopeOf }: AnswerServices,
  actor: Actor,
  request: FastifyRequest,
): { readonly scope: TenantId | "operator"; readonly callerId: string } {
  if (actor.kind === "operator") {
    assert(scopeOf !== undefined, "an operators' face says whose transaction an act is");
    return { scope: scopeOf(request), callerId: actor.tokenId ?? actor.principalId };
  }
  assert(actor.kind === "user", "a customer's face knows customers");
  return { scope: actor.tenantId, callerId: actor.tokenId ?? actor.acting?.grantId ?? actor.principalId };
}

async function keep(
  tx: ActTx,
  held: AnswerKey,
  answer: { readonly status: number; readonly mac: Buffer; readonly sealed: Buffer },
  nowMs: number,
): Promise<void> {
  const { status, mac: requestMac, sealed: sealedAnswer } = answer;
  assert(status >= 200 && status < 300, "what did not go well is thrown");
  await putAnswer(tx, held, { requestMac, status, sealedAnswer }, new Date(nowMs));
}

const awaited = "then";

/** Runs a handler without letting it send: its answer must not leave before the commit. */
async function runHandler(
  request: FastifyRequest,
  reply: FastifyReply,
  handler: Handler,
): Promise<{ readonly status: number; readonly body: string }> {
  let sent: { readonly payload: unknown } | null = null;
  const silent = Object.create(reply, {
    // A reply can be awaited until it was sent; this one never is.
    [awaited]: { value: undefined },
    send: {
      value(payload?: unknown) {
        sent = { payload };
        return silent;
      },
    },
  }) as FastifyReply;
  const returned = await handler(request, silent);
  const payload = sent === null ? returned : (sent as { readonly payload: unknown }).payload;
  const status = reply.statusCode;
  if (payload === null || payload === undefined) return { status, body: "" };
  const isPlain = typeof payload === "object" && !Buffer.isBuffer(payload) && !("pipe" in payload);
  const body = isPlain ? String(reply.serializeInput(payload as Record<string, unknown>, String(status))) : null;
  if (body === null || Buffer.byteLength(body) > idempotencyLimits.answerBytesMax)
    throw new Failure("invalid", "idempotency.not_here", "this request takes no idempotency key");
  return { status, body };
}
