import { type Actor, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit, listAudit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Breach,
  type ComplaintId,
  type ComplaintMail,
  type ComplaintServices,
  decideComplaint,
  migrations,
  noteAuthorityTold,
  registerComplaintPage,
  unmarkEndangering,
} from "./index.ts";
import { complaintLimits } from "./limits.ts";
import { countComplaints, selectComplaints } from "./store.ts";

const clock = new FakeClock();
const random = new SeededRandom(87);
const sent: ComplaintMail[] = [];
const breaches: Breach[] = [];
const alarms: bigint[] = [];
const legal: Extract<Actor, { kind: "operator" }> = {
  ...{ kind: "operator", principalId: newId<PrincipalId>(clock, random), roles: ["legal"], ip: "192.0.2.1" },
};
let database: TestDatabase;
let services: ComplaintServices;
let face: Face;
let tenantId: TenantId;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  services = {
    ...{ db: database.db, clock, random, providerName: "P <srl>", supportAddress: "help@p.test" },
    mail: async (_tx, mail) => void sent.push(mail),
    alarm: async (_tx, { number }) => void alarms.push(number),
    async noteBreach(_tx, _actor, breach) {
      breaches.push(breach);
      return newId(clock, random);
    },
  };
  tenantId = newId<TenantId>(clock, random);
  const system: Actor = { kind: "system", name: "test" };
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "Rossi", nowMs: clock.nowMs() }));
  const logger = new MemoryLogger();
  face = createFace({ name: "console", clock, random, logger, trustedProxies: [], contentSecurityPolicy: "console" });
  registerComplaintPage(face, services);
  await face.ready();
});
afterAll(async () => {
  await face?.close();
  await database?.close();
});

const complaint = {
  ...{ location: "https://files.test/a", reasons: "È una copia del mio libro.", isInGoodFaith: true, language: "it" },
  ...{ isAboutChildren: false, endangersLife: false, name: "Ada Bianchi", address: "ada@libri.test" },
};
const post = (change: object = {}, ip = "198.51.100.7") =>
  face.inject({ method: "POST", url: "/api/complaints", payload: { ...complaint, ...change }, remoteAddress: ip });
/** Every page. */
const listed = () =>
  database.db.operator(async (tx) => {
    const found = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof selectComplaints>> = await selectComplaints(tx, cursor);
      found.push(...page.complaints);
      cursor = page.nextCursor;
    }
    return found;
  });
const idOf = async (number: number): Promise<ComplaintId> => {
  const found = (await listed()).find((each) => Number(each.number) === number);
  if (found === undefined) throw new Error("it was not kept");
  return found.id;
};
const decide = (id: ComplaintId, upheld: Parameters<typeof decideComplaint>[2]["upheld"]) =>
  database.db.operator((tx) => decideComplaint(tx, legal, { id, decision: "Il libro è protetto.", upheld }, services));

test("R87: anybody finds the contact points and the form without a session, in two languages", async () => {
  for (const [lang, word] of [
    ["it", "Segnalare un contenuto illegale"],
    ["en", "Report illegal content"],
  ] as const) {
    const page = await face.inject({ url: `/contact?lang=${lang}` });
    expect(page.headers["set-cookie"]).toBeUndefined();
    for (const part of [word, "mailto:help@p.test", "P &#60;srl&#62;", "2022/2065"]) expect(page.body).toContain(part);
    // Without its script it sends nothing, least of all in the address line.
    for (const part of ['<form id="complaint" method="post"', "<button disabled>", "<noscript>"])
      expect(page.body).toContain(part);
  }
});

test("R87: a complaint gets its number and receipt at once; a person decides with reasons, and an upheld one becomes a breach", async () => {
  sent.length = 0;
  const reply = await post();
  expect(reply.statusCode).toBe(201);
  const { number } = reply.json<{ number: number }>();
  expect(sent).toMatchObject([
    { to: "ada@libri.test", language: "it", subject: `[C${number}] Abbiamo ricevuto la segnalazione` },
  ]);
  // Nobody confirmed that address: it gets nothing of what a stranger wrote.
  for (const part of ["files.test", "libro", "Bianchi"]) expect(sent[0]?.text).not.toContain(part);
  const id = await idOf(number);
  const facts = "Nello spazio c’è un’opera protetta.";
  await decide(id, { tenantId, product: "mail", severity: "serious", facts });
  expect(breaches).toMatchObject([{ tenantId, product: "mail", severity: "serious", facts, complaintId: id }]);
  expect(sent[1]?.text).toMatch(/Il libro è protetto\.[\s\S]*help@p\.test[\s\S]*AGCOM/);
  await expect(decide(id, null)).rejects.toMatchObject({ code: "complaints.decided" });
  const other = await idOf((await post({ language: "en" })).json<{ number: number }>().number);
  await decide(other, null);
  expect(sent.at(-1)?.subject).toContain("Complaint rejected");
  expect(breaches).toHaveLength(1);
  const { entries } = await database.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action: "complaints" }));
  expect(entries).toEqual([]);
});

test("R87: where a life is at stake nothing is decided before the authority was told, and the table says so too", async () => {
  const { number } = (await post({ endangersLife: true })).json<{ number: number }>();
  const id = await idOf(number);
  expect(alarms).toEqual([BigInt(number)]);
  await expect(decide(id, null)).rejects.toMatchObject({ code: "complaints.authority_first" });
  await expect(
    database.db.operator(
      (tx) => tx.sql`
        update complaints_complaints set state = 'rejected', decision = 'x', decided_by = ${legal.principalId}, decided_at = now()
        where id = ${id}`,
    ),
  ).rejects.toMatchObject({ constraint_name: "complaints_authority_first" });
  const [first] = await listed();
  expect(first?.id).toBe(id);
  await database.db.operator((tx) => noteAuthorityTold(tx, legal, { id, reference: "Questura, prot. 12" }, services));
  await decide(id, null);
});

test("R87: a flood hides no complaint, takes no more mails than it may, and a mark of danger without cause is taken off", async () => {
  await clock.advance(complaintLimits.dayMs);
  [sent.length, alarms.length] = [0, 0];
  const real = await idOf((await post({}, "192.0.2.9")).json<{ number: number }>().number);
  const network = (count: number) => `100.64.${count}.1`;
  const flood = complaintLimits.receiptsOfHourMax + 5;
  const numbers: number[] = [];
  for (let count = 0; count < flood; count++) {
    const address = count < 10 ? `${count % 2 ? "V" : "v"}ictim@v.test` : `v${count}@v.test`;
    const reply = await post({ address, endangersLife: true }, network(count));
    numbers.push(reply.json<{ number: number }>().number);
  }
  expect(sent.filter(({ to }) => to.toLowerCase() === "victim@v.test")).toHaveLength(
    complaintLimits.receiptsOfAddressMax,
  );
  expect(sent).toHaveLength(complaintLimits.receiptsOfHourMax - 10 + complaintLimits.receiptsOfAddressMax);
  expect(alarms).toHaveLength(complaintLimits.alarmsOfHourMax);
  const all = await listed();
  expect(await database.db.operator((tx) => countComplaints(tx))).toEqual({ total: all.length, open: flood + 1 });
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all[flood]?.id).toBe(real);
  const decided = await database.db.operator((tx) => selectComplaints(tx, `2/-${10n ** 17n}/0`));
  expect(decided.complaints.map(({ id }) => id)).toEqual(all.slice(flood + 1).map(({ id }) => id));
  expect(decided.complaints.length).toBeGreaterThan(1);
  const last = await idOf(numbers.at(-1) ?? 0);
  await database.db.operator((tx) => unmarkEndangering(tx, legal, { id: last, reason: "Pubblicità." }));
  expect((await listed()).findIndex(({ id }) => id === last)).toBe(flood);
  await decide(last, null);
});

test("R87: it has to be signed unless it is about children, in good faith, within limits, and one network asks twenty times an hour", async () => {
  const unsigned = { name: undefined, address: undefined };
  expect((await post(unsigned)).json()).toMatchObject({ code: "complaints.unsigned" });
  expect((await post({ address: undefined, isAboutChildren: true })).statusCode).toBe(422);
  expect((await post({ isInGoodFaith: false })).statusCode).toBe(422);
  expect((await post({ reasons: "x".repeat(8_001) })).statusCode).toBe(422);
  const before = sent.length;
  expect((await post({ ...unsigned, isAboutChildren: true })).statusCode).toBe(201);
  expect(sent).toHaveLength(before);
  const statuses: number[] = [];
  for (let count = 0; count < 22; count++) statuses.push((await post({}, `203.0.113.${count}`)).statusCode);
  expect(statuses.filter((status) => status === 201)).toHaveLength(20);
  expect(statuses.slice(20)).toEqual([429, 429]);
});
