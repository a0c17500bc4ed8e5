import { linkToken, newPassword, type ObjectKind, type RouteTable, unique, webAuthn } from "./rule.test-support.ts";

/** The same on three faces: how one signs in, and what a signed-in person does about themselves. */
export const authentication: RouteTable = {
  "GET /healthz": { who: "anyone", done: 200 },
  "POST /api/auth/sign-in": {
    who: "anyone",
    done: 401,
    body: () => ({ login: `nobody-${unique()}@nowhere.test`, password: "wrong" }),
  },
  "POST /api/auth/sign-in/code": { who: "anyone", done: 401, body: () => ({ method: "totp", code: "000000" }) },
  "POST /api/auth/sign-in/passkey": { who: "anyone", done: 401, body: () => ({ response: webAuthn }) },
  "POST /api/auth/sign-in/passkey/options": { who: "anyone", done: 401, body: () => ({ alone: false }) },
  "POST /api/auth/password-reset": { who: "anyone", done: 202, body: () => ({ login: "nobody@nowhere.test" }) },
  "POST /api/auth/password-reset/confirm": {
    who: "anyone",
    done: 412,
    body: () => ({ token: linkToken, password: newPassword }),
  },
  "POST /api/auth/login-change/confirm": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "POST /api/auth/invitation/read": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "POST /api/auth/invitation/accept": {
    who: "anyone",
    done: 412,
    body: () => ({ token: linkToken, password: newPassword, displayName: "X", language: "it" }),
  },
  "GET /api/auth/session": { who: "signed_in", done: 200 },
  "GET /api/auth/data": { who: "signed_in", done: 200 },
  "POST /api/auth/sign-out": { who: "signed_in", done: 204, ends: true },
  "GET /api/auth/sessions": { who: "signed_in", done: 200 },
  "DELETE /api/auth/sessions": { who: "signed_in", done: 200 },
  "DELETE /api/auth/sessions/:id": { who: "signed_in", on: "session", done: 204 },
  "POST /api/auth/reauthenticate/options": { who: "signed_in", done: 200, body: () => ({}) },
  "POST /api/auth/reauthenticate": {
    who: "signed_in",
    done: 401,
    body: () => ({ method: "password", password: "wrong" }),
  },
  "POST /api/auth/password": { who: "signed_in", done: 200, ends: true, body: () => ({ password: newPassword }) },
  "POST /api/auth/login-change": {
    who: "signed_in",
    done: 202,
    body: () => ({ login: `moved-${unique()}@nowhere.test` }),
  },
  "POST /api/auth/totp": { who: "signed_in", done: 200 },
  "POST /api/auth/totp/confirm": { who: "signed_in", done: 422, body: () => ({ code: "000000" }) },
  "DELETE /api/auth/totp": { who: "signed_in", done: 404 },
  "POST /api/auth/recovery-codes": { who: "signed_in", done: 412 },
  "GET /api/auth/passkeys": { who: "signed_in", done: 200 },
  "POST /api/auth/passkeys/options": { who: "signed_in", done: 200 },
  "POST /api/auth/passkeys": { who: "signed_in", done: 401, body: () => ({ name: "k", response: webAuthn }) },
  "DELETE /api/auth/passkeys/:id": { who: "signed_in", on: "nothing", done: 404 },
};

export const people = (managing: readonly string[], on: ObjectKind, roles: Record<string, unknown>): RouteTable => ({
  "GET /api/people": { who: managing, done: 200 },
  "POST /api/people": {
    who: managing,
    done: 201,
    body: () => ({ login: `invited-${unique()}@nowhere.test`, displayName: "", language: "it", ...roles }),
  },
  "POST /api/people/:id/invitation": { who: managing, on, elsewhere: 412, done: 412 },
  "PUT /api/people/:id/role": { who: managing, on, done: 204, body: () => roles },
  "PUT /api/people/:id/status": { who: managing, on, done: 204, body: () => ({ status: "disabled" }) },
  "DELETE /api/people/:id": { who: managing, on, done: 204 },
});

export const audit = (who: readonly string[]): RouteTable => ({
  "GET /api/audit": { who, done: 200 },
  "GET /api/audit/export": { who, done: 200, query: () => "format=csv" },
  "GET /api/audit/verification": { who, done: 200 },
});

/** What a person of a console does about their own account; a mailbox's is its organisation's. */
export const ownAccount: RouteTable = {
  "PUT /api/auth/profile": {
    who: "signed_in",
    done: 204,
    body: () => ({ displayName: "Another Name", language: "it" }),
  },
  "POST /api/auth/account/erasure": { who: "signed_in", done: 422, body: () => ({ login: "somebody@else.test" }) },
};
