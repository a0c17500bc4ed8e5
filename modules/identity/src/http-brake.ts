import { releaseBrakeSchema } from "@casaforte/contract/auth";
import type { Actor } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Identity } from "./create-identity.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

/** What operators do about sign-ins that wrong passwords hold up (O14). */
export function registerBrakeRoutes(
  app: Face,
  identity: Pick<Identity, "releaseBrake">,
  services: {
    readonly operator: (request: unknown, access: "write") => Promise<OperatorActor>;
    /** @throws forbidden when the person proved who they are too long ago. */
    readonly assertFresh: (request: unknown) => Promise<void>;
  },
): void {
  app.post(
    "/api/sign-in-brakes/release",
    { schema: { body: releaseBrakeSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      await services.assertFresh(request);
      await identity.releaseBrake(actor, request.body);
      return reply.status(204).send(null);
    },
  );
}
