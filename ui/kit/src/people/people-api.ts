import { type Person, peopleReplySchema } from "@casaforte/contract/people";
import { type TenantReply, tenantSchema } from "@casaforte/contract/tenants";
import { callChecked } from "../console/call-checked.ts";
import { callApi } from "../http.ts";
import type { Language } from "../preferences.ts";

export type { Person, TenantReply };
export type TenantRole = NonNullable<Person["role"]>;
export type OperatorRole = Person["operatorRoles"][number];

/** One role in the console, one or more in the operator console (R74). */
export type Roles = { readonly role: TenantRole } | { readonly operatorRoles: readonly OperatorRole[] };

export interface NewPerson {
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
}

const pageSize = 50;

/** The calls behind the people page; each may throw ApiProblem. */
export const people = {
  list: (search: string, cursor: string, signal: AbortSignal) =>
    callChecked("/api/people", { query: { search, cursor, count: pageSize }, reply: peopleReplySchema, signal }),
  invite: (person: NewPerson & Roles) => callApi<unknown>("/api/people", { body: person }),
  inviteAgain: (id: string) => callApi<void>(`/api/people/${id}/invitation`, { method: "POST" }),
  changeRole: (id: string, roles: Roles) => callApi<void>(`/api/people/${id}/role`, { method: "PUT", body: roles }),
  setStatus: (id: string, status: "active" | "disabled") =>
    callApi<void>(`/api/people/${id}/status`, { method: "PUT", body: { status } }),
  remove: (id: string) => callApi<void>(`/api/people/${id}`, { method: "DELETE" }),
  tenant: (signal: AbortSignal) => callChecked("/api/tenant", { reply: tenantSchema, signal }),
  setPolicy: (requireTwoFactor: boolean) =>
    callChecked("/api/tenant/policy", { method: "PUT", body: { requireTwoFactor }, reply: tenantSchema }),
};
