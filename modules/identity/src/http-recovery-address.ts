import { recoveryAddressReplySchema, requestRecoveryAddressSchema } from "@casaforte/contract/auth";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";

/** Where a mailbox's person takes the link for a forgotten password; webmail only. */
export function registerRecoveryAddressRoutes(app: Face, identity: Identity, who: Authenticator): void {
  app.get(
    "/api/auth/recovery-address",
    { schema: { response: { 200: recoveryAddressReplySchema } } },
    async (request) => ({ address: await identity.readRecoveryAddress(await who.session(request)) }),
  );
  app.post(
    "/api/auth/recovery-address",
    { schema: { body: requestRecoveryAddressSchema, response: { 202: z.object({}) } } },
    async (request, reply) => {
      await identity.requestRecoveryAddress(await who.session(request), request.body.address);
      return reply.status(202).send({});
    },
  );
  app.delete("/api/auth/recovery-address", { schema: { response: { 204: z.null() } } }, async (request, reply) => {
    await identity.removeRecoveryAddress(await who.session(request));
    return reply.status(204).send(null);
  });
}
