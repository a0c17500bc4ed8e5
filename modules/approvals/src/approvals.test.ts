import { newId, type OperatorRole, type PrincipalId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { mayApprove } from "./decide-approval.ts";
import {
  type ApprovalId,
  type ApprovalKind,
  approvalLifeMs,
  type DecideApproval,
  decideApproval,
  migrations,
  type OperatorActor,
  requestApproval,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(5);
let database: TestDatabase;
const done: string[] = [];
const kind: ApprovalKind<{ what: string }> = {
  kind: "test.act",
  roles: ["billing"],
  payload: z.strictObject({ what: z.string() }),
  async execute(_tx, _actor, { what }) {
    if (what === "fail") throw new Error("it failed");
    done.push(what);
  },
};
const kinds = [kind as ApprovalKind];

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
});
afterAll(() => database?.close());

const operator = (...roles: OperatorRole[]): OperatorActor => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles,
  ip: "192.0.2.1",
});
const [ada, bea, ivo] = [operator("billing"), operator("billing"), operator("infra")];
const ask = (actor: OperatorActor, payload: unknown) =>
  database.db.operator((tx) =>
    requestApproval(tx, actor, kind as ApprovalKind, {
      id: newId<ApprovalId>(clock, random),
      subject: "s",
      payload,
      nowMs: clock.nowMs(),
    }),
  );
const decide = (actor: OperatorActor, id: ApprovalId, decision: DecideApproval["decision"], nowMs = clock.nowMs()) =>
  database.db.operator((tx) => decideApproval(tx, actor, kinds, { id, decision, reason: null, nowMs }));

test("R91: one person cannot complete it, two can, and only once", async () => {
  const id = await ask(ada, { what: "a" });
  await expect(decide(ada, id, "approve")).rejects.toMatchObject({ code: "approvals.same_person" });
  await expect(decide(ivo, id, "approve")).rejects.toMatchObject({ code: "approvals.role" });
  expect(done).toEqual([]);
  const request = { kind: kind.kind, state: "pending", requestedBy: ada.principalId } as const;
  const may = (actor: OperatorActor, atMs: number) =>
    mayApprove(actor, kinds, { ...request, expiresAt: new Date(clock.nowMs()) }, atMs);
  const beforeMs = clock.nowMs() - 1;
  expect([ada, bea, ivo].map((actor) => may(actor, beforeMs))).toEqual([false, true, false]);
  expect(may(bea, clock.nowMs())).toBe(false);
  const tries = await Promise.allSettled([decide(bea, id, "approve"), decide(bea, id, "approve")]);
  expect(tries.filter((each) => each.status === "fulfilled")).toHaveLength(1);
  expect(done).toEqual(["a"]);
});

test("R91: the database itself refuses an approval by the one who asked", async () => {
  const id = await ask(ada, { what: "b" });
  await expect(
    database.db.operator(
      (tx) => tx.sql`update approvals_requests set state = 'approved', decided_by = requested_by, decided_at = now()
        where id = ${id}`,
    ),
  ).rejects.toMatchObject({ constraint_name: "approvals_four_eyes" });
});

test("R91: an act that fails leaves the request pending; refused, withdrawn and expired ones are never done", async () => {
  const failing = await ask(ada, { what: "fail" });
  await expect(decide(bea, failing, "approve")).rejects.toThrow("it failed");
  expect(await decide(ada, failing, "withdraw")).toBe("withdrawn");
  const refused = await ask(ada, { what: "c" });
  expect(await decide(bea, refused, "refuse")).toBe("refused");
  await expect(decide(bea, refused, "approve")).rejects.toMatchObject({ code: "approvals.decided" });
  const late = await ask(ada, { what: "d" });
  await expect(decide(bea, late, "approve", clock.nowMs() + approvalLifeMs)).rejects.toMatchObject({
    code: "approvals.expired",
  });
  expect(done).toEqual(["a"]);
});

test("a request outside the role or with other figures than the act takes is not even noted", async () => {
  await expect(ask(ivo, { what: "e" })).rejects.toMatchObject({ code: "approvals.role" });
  await expect(ask(ada, { surprise: 1 })).rejects.toMatchObject({ code: "approvals.payload" });
});
