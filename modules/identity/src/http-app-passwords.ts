import {
  appPasswordReplySchema,
  appPasswordsReplySchema,
  createAppPasswordSchema,
  idParamsSchema,
} from "@casaforte/contract/auth";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { isoOrNull } from "./http-views.ts";

/** Webmail's routes for app passwords (R53). */
export function registerAppPasswordRoutes(app: Face, identity: Identity, who: Authenticator): void {
  app.get("/api/auth/app-passwords", { schema: { response: { 200: appPasswordsReplySchema } } }, async (request) => ({
    offered: [...identity.context.offered],
    appPasswords: (await identity.listAppPasswords(await who.session(request))).map((row) => ({
      id: row.id,
      name: row.name,
      protocols: [...row.protocols],
      createdAt: row.createdAt.toISOString(),
      expiresAt: isoOrNull(row.expiresAt),
      lastUsedAt: isoOrNull(row.lastUsedAt),
      lastUsedIp: row.lastUsedIp,
      lastUsedProtocol: row.lastUsedProtocol,
    })),
  }));
  app.post(
    "/api/auth/app-passwords",
    { schema: { body: createAppPasswordSchema, response: { 201: appPasswordReplySchema } } },
    async (request, reply) => {
      const { name, protocols, expiresAt } = request.body;
      const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt);
      const made = await identity.createAppPassword(await who.session(request), { name, protocols, expiresAtMs });
      return reply.status(201).send(made);
    },
  );
  app.delete(
    "/api/auth/app-passwords/:id",
    { schema: { params: idParamsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.removeAppPassword(await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}
