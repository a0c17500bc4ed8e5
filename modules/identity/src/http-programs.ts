import { idParamsSchema } from "@casaforte/contract/auth";
import {
  allowProgramReplySchema,
  askedProgramReplySchema,
  programRequestSchema,
  programsReplySchema,
} from "@casaforte/contract/programs";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { isoOrNull } from "./http-views.ts";

/** Webmail's routes for the programs that a person lets in (R53): what one asks, the yes, the list, the end. */
export function registerProgramRoutes(app: Face, identity: Identity, who: Authenticator): void {
  app.get(
    "/api/auth/program-request",
    { schema: { querystring: programRequestSchema, response: { 200: askedProgramReplySchema } } },
    async (request) => {
      const asked = identity.askProgram(await who.session(request), request.query);
      return { ...asked, protocols: [...asked.protocols] };
    },
  );
  app.post(
    "/api/auth/program-request",
    { schema: { body: programRequestSchema, response: { 200: allowProgramReplySchema } } },
    async (request) => identity.allowProgram(await who.session(request), request.body),
  );
  app.get("/api/auth/programs", { schema: { response: { 200: programsReplySchema } } }, async (request) => ({
    programs: (await identity.listPrograms(await who.session(request))).map((program) => ({
      id: program.id,
      name: program.name,
      place: program.place,
      protocols: [...program.protocols],
      connectedAt: program.connectedAt.toISOString(),
      endsAt: program.endsAt.toISOString(),
      lastUsedAt: isoOrNull(program.lastUsedAt),
      lastUsedIp: program.lastUsedIp,
      lastUsedProtocol: program.lastUsedProtocol,
    })),
  }));
  app.delete(
    "/api/auth/programs/:id",
    { schema: { params: idParamsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.removeProgram(await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}
