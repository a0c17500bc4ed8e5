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
  operator: (request: unknown, access: "write") => Promise<OperatorActor>,
): void {
  app.post(
    "/api/sign-in-brakes/release",
    { schema: { body: releaseBrakeSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.releaseBrake(await operator(request, "write"), request.body);
      return reply.status(204).send(null);
    },
  );
}
