import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { hasSession } from "./store-sessions.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const signIn = (login: string, password = goodPassword, ip = caller.ip) =>
  bench.identity.signIn({ realm: "user", login, password, ...caller, ip });

describe("the first step", () => {
  test("R77: a right password opens a session whose token only the browser has", async () => {
    const id = await bench.newPerson(tenantId, "anna@example.test");
    const result = await signIn(" Anna@Example.TEST ");
    expect(result).toMatchObject({ step: "signed_in", session: { principalId: id, tenantId, role: "owner" } });
    if (result.step !== "signed_in") throw new Error("expected a session");
    const rows = await bench.database.db.tenant(
      tenantId,
      (tx) => tx.sql<{ text: string }[]>`select s::text as text from identity_sessions s`,
    );
    expect(rows.some((row) => row.text.includes(result.token))).toBe(false);
    expect(await bench.identity.resolveSession("user", result.token, caller.ip)).toMatchObject({ principalId: id });
    expect(await bench.identity.resolveSession("operator", result.token, caller.ip)).toBeNull();
    expect(await bench.identity.resolveSession("mail", result.token, caller.ip)).toBeNull();
  });

  test("R73: unknown, disabled, invited and wrong get one and the same answer", async () => {
    await bench.newPerson(tenantId, "wrong@example.test");
    const disabled = await bench.newPerson(tenantId, "disabled@example.test");
    await bench.newPerson(tenantId, "invited@example.test", { password: null });
    await bench.database.db.tenant(
      tenantId,
      (tx) =>
        tx.sql`update identity_principals set status = 'disabled' where tenant_id = ${tenantId} and id = ${disabled}`,
    );
    const answers = [];
    for (const [login, password] of [
      ["nobody@example.test", goodPassword],
      ["disabled@example.test", goodPassword],
      ["invited@example.test", goodPassword],
      ["wrong@example.test", "not the password"],
    ] as const)
      answers.push(
        await signIn(login, password).catch((error) => ({
          kind: error.kind,
          code: error.code,
          message: error.message,
          details: error.details,
        })),
      );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ kind: "unauthenticated", code: "identity.bad_credentials" });
  });

  test("R77: a session ends after its idle time and, however busy, after its absolute time", async () => {
    await bench.newPerson(tenantId, "idle@example.test");
    const open = async () => {
      const result = await signIn("idle@example.test");
      if (result.step !== "signed_in") throw new Error("expected a session");
      return result.token;
    };
    const idle = await open();
    const busy = await open();
    const everyMs = identityLimits.sessionIdleMs.user - 60_000;
    for (let passedMs = everyMs; passedMs < identityLimits.sessionAbsoluteMs.user; passedMs += everyMs) {
      await bench.clock.advance(everyMs);
      expect(await bench.identity.resolveSession("user", busy, caller.ip)).not.toBeNull();
    }
    expect(await bench.identity.resolveSession("user", idle, caller.ip)).toBeNull();
    await bench.clock.advance(everyMs);
    expect(await bench.identity.resolveSession("user", busy, caller.ip)).toBeNull();
  });

  test("R77: a weaker hash becomes a stronger one at the next sign-in", async () => {
    const id = await bench.newPerson(tenantId, "rehash@example.test");
    const hashOf = async () =>
      (
        await bench.database.db.tenant(
          tenantId,
          (tx) =>
            tx.sql<
              { hash: string }[]
            >`select password_hash as hash from identity_principals where tenant_id = ${tenantId} and id = ${id}`,
        )
      )[0]?.hash;
    expect(await hashOf()).toContain("m=1024,t=1");
    const stronger = bench.another({ hasher: { memoryKiB: 2048, passes: 2 } });
    await stronger.signIn({ realm: "user", login: "rehash@example.test", password: goodPassword, ...caller });
    expect(await hashOf()).toContain("m=2048,t=2");
    expect(await signIn("rehash@example.test")).toMatchObject({ step: "signed_in" });
  });
});

describe("sessions", () => {
  test("R77: people list their sessions, revoke one, and signing out ends it on the server", async () => {
    await bench.newPerson(tenantId, "list@example.test");
    const results = [
      await signIn("list@example.test"),
      await signIn("list@example.test"),
      await signIn("list@example.test"),
    ];
    const [first, second, third] = results.map((result) => (result.step === "signed_in" ? result : null));
    if (!first || !second || !third) throw new Error("expected sessions");
    expect(await bench.identity.listSessions(first.session)).toHaveLength(3);
    await bench.identity.revokeSession(first.session, second.session.sessionId);
    expect(await bench.identity.resolveSession("user", second.token, caller.ip)).toBeNull();
    await expect(bench.identity.revokeSession(first.session, second.session.sessionId)).rejects.toMatchObject({
      code: "identity.no_session",
    });
    await bench.identity.signOut(third.session);
    expect(await bench.identity.resolveSession("user", third.token, caller.ip)).toBeNull();
    expect(await bench.identity.resolveSession("user", first.token, caller.ip)).not.toBeNull();
  });

  test("what hangs on a sign-in can ask whether it stands: not after its end, not for somebody else", async () => {
    await bench.newPerson(tenantId, "hangs@example.test");
    const other = await bench.newPerson(tenantId, "other@example.test");
    const result = await signIn("hangs@example.test");
    if (result.step !== "signed_in") throw new Error("expected a session");
    const { principalId, sessionId } = result.session;
    const idleMs = identityLimits.sessionIdleMs.user;
    const stands = (of = principalId, laterMs = 0) =>
      bench.database.db.tenant(tenantId, (tx) =>
        hasSession(tx, { principalId: of, sessionId }, new Date(bench.clock.nowMs() + laterMs), idleMs),
      );
    expect([await stands(), await stands(principalId, idleMs - 1), await stands(principalId, idleMs)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await stands(other)).toBe(false);
    await bench.identity.signOut(result.session);
    expect(await stands()).toBe(false);
  });
});
