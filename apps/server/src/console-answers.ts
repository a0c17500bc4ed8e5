import type { Actor } from "@casaforte/kernel";
import { keepAnswers } from "@casaforte/modules/idempotency";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import type { Core } from "./core.ts";

/** Lets a customer's POST be sent twice (security.md, check 38). Before the routes are registered. */
export function keepConsoleAnswers(app: Face, core: Core, who: (request: FastifyRequest) => Promise<Actor>): void {
  const { db, clock, random } = core;
  keepAnswers(app, {
    ...{ db, clock, random },
    secret: core.secret("idempotency"),
    authenticate: (request) => who(request as FastifyRequest),
    isAnonymous: (url) => anonymous.some((path) => url.startsWith(path)),
    isRepeatable: (url) => repeatable.includes(url),
  });
}

/** Readings, and the look into the DNS, which must hold no transaction open. */
const repeatable = ["/api/estimates", "/api/policies/preview", "/api/domains/:id/verify"];
const anonymous = ["/api/status/", "/api/complaints"];
