import { idParamsSchema } from "@casaforte/contract/auth";
import {
  changeRoleSchema,
  invitePersonSchema,
  peopleQuerySchema,
  peopleReplySchema,
  personIdReplySchema,
  personStatusSchema,
} from "@casaforte/contract/people";
import type { OperatorRole, PrincipalId, TenantRole } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { viewPerson } from "./http-views.ts";
import { present } from "./present.ts";

const done = z.null();

/** Routes of those who manage people: owners and admins in the console, security operators in theirs (R74, R75). */
export function registerPeopleRoutes(app: Face, identity: Identity, who: Authenticator): void {
  app.get(
    "/api/people",
    { schema: { querystring: peopleQuerySchema, response: { 200: peopleReplySchema } } },
    async (request) => {
      const page = await identity.listPeople(await who.session(request), present(request.query));
      return { people: page.people.map(viewPerson), nextCursor: page.nextCursor };
    },
  );
  app.post(
    "/api/people",
    { schema: { body: invitePersonSchema, response: { 201: personIdReplySchema } } },
    async (request, reply) => {
      const id = await identity.invitePerson(await who.session(request), present(request.body));
      return reply.status(201).send({ id });
    },
  );
  app.post(
    "/api/people/:id/invitation",
    { schema: { params: idParamsSchema, response: { 204: done } } },
    async (request, reply) => {
      await identity.inviteAgain(await who.session(request), request.params.id as PrincipalId);
      return reply.status(204).send(null);
    },
  );
  app.put(
    "/api/people/:id/role",
    { schema: { params: idParamsSchema, body: changeRoleSchema, response: { 204: done } } },
    async (request, reply) => {
      const roles: { role?: TenantRole; operatorRoles?: readonly OperatorRole[] } = present(request.body);
      await identity.changeRole(await who.session(request), {
        principalId: request.params.id as PrincipalId,
        ...roles,
      });
      return reply.status(204).send(null);
    },
  );
  app.put(
    "/api/people/:id/status",
    { schema: { params: idParamsSchema, body: personStatusSchema, response: { 204: done } } },
    async (request, reply) => {
      const input = { principalId: request.params.id as PrincipalId, status: request.body.status };
      await identity.setPersonStatus(await who.session(request), input);
      return reply.status(204).send(null);
    },
  );
  app.delete(
    "/api/people/:id",
    { schema: { params: idParamsSchema, response: { 204: done } } },
    async (request, reply) => {
      await identity.removePerson(await who.session(request), request.params.id as PrincipalId);
      return reply.status(204).send(null);
    },
  );
}
