import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll } from "vitest";
import { registerMailAccountRoutes } from "./http.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

export let bed: MailboxTestbed;
export let tenantId: TenantId;
let other: TenantId;
/** One that signed itself up. */
export let stranger: TenantId;
export let app: Face;
/** What the hooks were told. */
export const events: string[] = [];
export const hashing = { now: 0, most: 0 };
/** Who asks: whether he has just proved who he is, and the operator whom the customer let in, when there is one. */
export const caller: { isFresh: boolean; acting: Extract<Actor, { kind: "user" }>["acting"] } = {
  isFresh: true,
  acting: undefined,
};

beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
  other = await bed.newTenant();
  stranger = newId<TenantId>(bed.clock, bed.services.random);
  app = createFace({
    name: "console",
    logger: new MemoryLogger(),
    clock: bed.clock,
    random: bed.services.random,
    contentSecurityPolicy: "console",
  });
  const note = (event: string) => async () => void events.push(event);
  registerMailAccountRoutes(app, {
    ...bed.services,
    hooks: {
      checkPassword({ password }) {
        if (password.length < 12) throw new Failure("invalid", "identity.password_short", "too short");
      },
      async preparePassword({ password }) {
        this.checkPassword({ password, words: [] });
        hashing.most = Math.max(hashing.most, ++hashing.now);
        await new Promise(setImmediate);
        hashing.now--;
        return `hash of ${password}`;
      },
      refused: async (_tx, addresses) =>
        addresses.map((address) =>
          address.endsWith("@elsewhere.example") ? new Failure("not_found", "domains.missing", "none") : null,
        ),
      access: async (_tx, ids) =>
        new Map(
          ids.map((id) => [
            id,
            { lastAt: new Date(0), hasPassword: true, hasSecondFactor: true, appPasswords: 2, connectedPrograms: 1 },
          ]),
        ),
      async created(_tx, _actor, { account, passwordHash }) {
        if (account.address.endsWith("@elsewhere.example")) throw new Failure("not_found", "domains.missing", "none");
        events.push(`created ${passwordHash}`);
      },
      async invited(_tx, _actor, { account }) {
        events.push(`invited ${account.address}`);
        return { link: "https://mail.test/accept-invitation#secret", expiresAt: new Date(0) };
      },
      updated: note("updated"),
      deleted: note("deleted"),
      restored: note("restored"),
      purged: note("purged"),
      async disconnected(_tx, _actor, { factors }) {
        events.push(factors ? "disconnected with factors" : "disconnected");
      },
      async passwordReset(_tx, _actor, { factors }) {
        events.push(factors ? "passwordReset with factors" : "passwordReset");
      },
    },
    authorise: async (request) => {
      const headers = (request as { headers: Record<string, string> }).headers;
      const role = headers["x-role"] ?? "none";
      if (role === "none") throw new Failure("unauthenticated", "identity.no_session", "sign in");
      const actor: Actor = {
        kind: "user",
        tenantId: role === "stranger" ? stranger : role === "other" ? other : tenantId,
        principalId: tenantId as string as PrincipalId,
        role: "admin",
        ip: "192.0.2.1",
        ...(caller.acting && { acting: caller.acting }),
      };
      return actor as Extract<Actor, { kind: "user" }>;
    },
    assertFresh: async () => {
      if (!caller.isFresh) throw new Failure("forbidden", "identity.reauthentication_required", "prove it again");
    },
  });
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await bed?.close();
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";
export async function call(method: Method, url: string, body?: object, role = "mine") {
  const headers = {
    host: "console.test",
    origin: "http://console.test",
    "sec-fetch-site": "same-origin",
    "x-role": role,
  };
  const reply = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
}
