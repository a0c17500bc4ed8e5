import { type TokenScope, tokenScopes } from "@casaforte/contract/tokens";
import {
  type Actor,
  type DeviceId,
  type DomainId,
  Failure,
  type MailAccountId,
  type SpaceId,
  type TenantRole,
} from "@casaforte/kernel";
import { requireDevice } from "@casaforte/modules/devices";
import { type AddressId, getAddress, getDomain, listDomains } from "@casaforte/modules/domains";
import type { ApiTokenGate, ApiTokenReach, ApiTokenRules } from "@casaforte/modules/identity";
import { readMailAccount } from "@casaforte/modules/mailbox";
import { requireSpace } from "@casaforte/modules/spaces";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { FastifyRequest } from "fastify";
import { type Access, type Area, rightsOf } from "./authorise.ts";
import { type NamedObject, tokenRoutes } from "./token-routes.ts";

const reader: Actor = { kind: "system", name: "tokens" };

function mayRole(role: TenantRole, scope: TokenScope): boolean {
  const [area, access] = scope.split(":") as [Area, Access];
  return rightsOf(role, area).includes(access);
}

/** What changes may also read. */
export const hasScope = (scopes: readonly string[], wanted: string): boolean =>
  scopes.includes(wanted) || (wanted.endsWith(":read") && scopes.includes(wanted.replace(/read$/, "write")));

/** `GET /api/spaces/:id` */
export const routeOf = (request: FastifyRequest): string => `${request.method} ${request.routeOptions.url ?? ""}`;

/**
 * Tokens for programs, held to the table of routes, to the rights that their makers have now, and to their objects (R78).
 */
export function tokenGate(db: Db): ApiTokenRules & ApiTokenGate {
  return {
    grantable: ({ role }) =>
      role === null || role === "auditor" ? [] : tokenScopes.filter((scope) => mayRole(role, scope)),
    async assertObjects(tx, { spaceIds, domainIds }) {
      for (const id of spaceIds) await requireSpace(tx, id as SpaceId);
      for (const id of domainIds) await getDomain(tx, id as DomainId);
    },
    routeOf: (request) => routeOf(request as FastifyRequest),
    async assertReaches(session, reach, from) {
      const request = from as FastifyRequest;
      const need = tokenRoutes[routeOf(request)];
      const outOfScope = () =>
        new Failure("forbidden", "identity.token_scope", "this token's scopes do not reach here");
      if (need === undefined || session.role === null) throw outOfScope();
      if (need.scope === "any") return;
      if (!hasScope(reach.scopes, need.scope) || !mayRole(session.role, need.scope)) throw outOfScope();
      if (reach.spaceIds.length === 0 && reach.domainIds.length === 0) return;
      const holds =
        need.object !== undefined &&
        (await db.tenant(session.tenantId, (tx) => holdsObject(tx, reach, need.object as NamedObject, request), {
          readOnly: true,
        }));
      if (!holds)
        throw new Failure("forbidden", "identity.token_object", "this token reaches named spaces or domains only");
    },
  };
}

function nameIn(request: FastifyRequest, place: string): string | null {
  const [part = "", name = ""] = place.split(".");
  const fields: unknown = { params: request.params, query: request.query, body: request.body }[part];
  const value = typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : null;
}

/** Accounts that a body leads to, beside the object that the route is about. */
function accountsIn({ body }: FastifyRequest): MailAccountId[] {
  const { mailAccountId, mailAccountIds, onBehalfIds } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const named = [mailAccountId, ...[mailAccountIds, onBehalfIds].flatMap((ids) => (Array.isArray(ids) ? ids : []))];
  return named.filter((id) => typeof id === "string") as MailAccountId[];
}

/** Fails closed: what names nothing, or something that is not there, is not held. */
async function holdsObject(
  tx: TenantTx,
  reach: ApiTokenReach,
  object: NamedObject,
  request: FastifyRequest,
): Promise<boolean> {
  const [kind, place = ""] = object.split(" ");
  const name = nameIn(request, place);
  if (name === null) return false;
  const nothing = (error: unknown) => {
    if (error instanceof Failure && error.kind === "not_found") return null;
    throw error;
  };
  const ofDomain = async (domain: string) =>
    (await listDomains(tx)).some((own) => own.name === domain.toLowerCase() && reach.domainIds.includes(own.id));
  const ofAddress = (address: string) => ofDomain(address.slice(address.lastIndexOf("@") + 1));
  const accountOf = (accountId: MailAccountId) => readMailAccount(tx, reader, { accountId }).catch(nothing);
  for (const id of accountsIn(request)) {
    const account = await accountOf(id);
    if (account === null || !(await ofAddress(account.address))) return false;
  }
  switch (kind) {
    case "space":
      return reach.spaceIds.includes(name);
    case "device": {
      const device = await requireDevice(tx, name as DeviceId).catch(nothing);
      return device !== null && reach.spaceIds.includes(device.spaceId);
    }
    case "domain":
      return reach.domainIds.includes(name);
    case "domainName":
      return ofDomain(name);
    case "address": {
      const address = await getAddress(tx, name as AddressId).catch(nothing);
      return address !== null && reach.domainIds.includes(address.domainId);
    }
    case "mailAccount": {
      const account = await accountOf(name as MailAccountId);
      // Its address may be about to change, too.
      const moved = nameIn(request, "body.address");
      return account !== null && (await ofAddress(account.address)) && (moved === null || ofAddress(moved));
    }
    case "mailAddress":
      return ofAddress(name);
    default:
      return false;
  }
}
