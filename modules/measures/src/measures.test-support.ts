import { type Actor, newId, type OperatorRole, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { type ApprovalId, migrations as approvals, decideApproval } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import {
  appealApproval,
  assertCapable,
  type Capability,
  capabilities,
  imposeMeasure,
  invariants,
  type MeasureMail,
  type MeasureServices,
  measureLimits,
  migrations,
  moveByClock,
  type NoteViolation,
  noteViolation,
  type SwitchedState,
  suspensionApproval,
  type ViolationId,
} from "./index.ts";
import { selectMeasures } from "./store.ts";

export const dayMs = measureLimits.dayMs;
export const clock = new FakeClock(Date.parse("2026-03-02T09:00:00Z"));
export const random = new SeededRandom(64);
export const system: Actor = { kind: "system", name: "test" };
export let database: TestDatabase;
export let services: MeasureServices;
export const mails: MeasureMail[] = [];
export const switched: SwitchedState[] = [];
export const owed = new Set<string>();

export const operator = (...roles: OperatorRole[]): Extract<Actor, { kind: "operator" }> => ({
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: roles.length === 0 ? ["legal"] : roles,
  ip: "192.0.2.1",
});
export const newTenant = () =>
  database.db.operator((tx) =>
    createTenant(tx, system, {
      tenantId: newId<TenantId>(clock, random),
      name: "Rossi",
      language: "it",
      nowMs: clock.nowMs(),
    }),
  );

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, approvals, migrations]);
  services = {
    db: database.db,
    clock,
    random,
    providerName: "Casaforte",
    consoleUrl: "https://console.test",
    recipients: async (_tx, tenantId) => [
      { address: `anna@${tenantId}.test`, language: "it" },
      { address: `ugo@${tenantId}.test`, language: "en" },
    ],
    async mail(_tx, mail) {
      mails.push(mail);
    },
    async switched(_tx, state) {
      switched.push(state);
    },
    isOwed: async (tenantId, sourceKey) => owed.has(`${tenantId}/${sourceKey}`),
  };
});
afterAll(() => database.close());
beforeEach(() => {
  mails.length = 0;
  switched.length = 0;
});

let noted = 0;
export async function note(tenantId: TenantId, facts: Partial<NoteViolation> = {}): Promise<ViolationId> {
  const id = await database.db.operator((tx) =>
    noteViolation(
      tx,
      operator(),
      {
        tenantId,
        nature: "unsolicited_mail",
        severity: "serious",
        product: "mail",
        occurredAtMs: clock.nowMs(),
        facts: "Ottomila messaggi in un'ora.",
        clause: "art. 9.2",
        source: "operator",
        sourceKey: `case ${++noted}`,
        ...facts,
      },
      services,
    ),
  );
  if (id === null) throw new Error("noted before");
  return id;
}
export const impose = (
  tenantId: TenantId,
  violationId: ViolationId,
  severity: "minor" | "serious" | "grave",
  actor = operator(),
) =>
  database.db.operator((tx) =>
    imposeMeasure(
      tx,
      actor,
      { tenantId, violationId, severity, facts: "Ottomila messaggi.", clause: "art. 9.2" },
      services,
    ),
  );
const kinds = () => [suspensionApproval(services), appealApproval(services)] as never[];
export const approve = (id: ApprovalId, actor = operator()) =>
  database.db.operator((tx) =>
    decideApproval(tx, actor, kinds(), { id, decision: "approve", reason: null, nowMs: clock.nowMs() }),
  );
export const tick = () => database.db.operator((tx) => moveByClock(tx, services));
export async function offFor(tenantId: TenantId): Promise<Capability[]> {
  const off: Capability[] = [];
  for (const capability of capabilities)
    await database.db
      .tenant(tenantId, (tx) => assertCapable(tx, capability))
      .catch((error) => (error.kind === "forbidden" ? off.push(capability) : Promise.reject(error)));
  return off;
}
export const measuresOf = (tenantId: TenantId) =>
  database.db.tenant(tenantId, (tx) => selectMeasures(tx, { tenantId }));
export async function onlyMeasure(tenantId: TenantId) {
  const [measure, ...more] = await measuresOf(tenantId);
  if (measure === undefined || more.length > 0) throw new Error("one measure was expected");
  return measure;
}
export async function claimsHold(tenantId: TenantId): Promise<void> {
  for (const invariant of invariants)
    expect(await database.db.tenant(tenantId, (tx) => invariant.check(tx)), invariant.name).toEqual([]);
}
