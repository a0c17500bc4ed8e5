import { randomUUID } from "node:crypto";
import type { TenantId } from "@casaforte/kernel";
import { addContact, followLink } from "@casaforte/modules/notices";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openServices, type Services } from "../../apps/server/src/services.ts";
import { startSink } from "../../apps/server/src/sink.ts";
import { startWorkers } from "../../apps/server/src/worker.ts";
import { type Person, startWorld, type World } from "../security/world.test-support.ts";
import { until } from "../support/until.test-support.ts";

let world: World;
let tenantId: TenantId;
let owner: Person;
const technician = "technician@rossi.test";

beforeAll(async () => {
  world = await startWorld();
  tenantId = await world.newTenant("Rossi Srl");
  owner = await world.newPerson(tenantId, { role: "owner" });
  const { core, notices } = world.services;
  const actor = { kind: "system", name: "test" } as const;
  const contact = { purpose: "technical", address: technician, language: "en" } as const;
  await core.db.tenant(tenantId, (tx) => addContact(tx, actor, contact, notices));
  const [asked] = await core.db.tenant(
    tenantId,
    (tx) => tx.sql<{ body: string }[]>`
      select body from mailflow_system_mail where tenant_id = ${tenantId} and recipient = ${technician}`,
  );
  await followLink(notices, /\/status\/link\/(\S+)/.exec(asked?.body ?? "")?.[1] ?? "");
});
afterAll(() => world?.close());

/** The program's own workers, with everything that recurs, and the sink that its mail goes to. */
async function startMail(): Promise<{ readonly services: Services; stop(): Promise<void> }> {
  const { core, identity } = world.services;
  const sink = await startSink(core);
  const face = { origin: "http://localhost", rpId: "localhost", rpName: "Casaforte" };
  const faces = { user: face, operator: face, mail: face };
  const services = openServices(core, { faces, sinkPort: sink.port, demo: true });
  const workers = startWorkers(services);
  const stop = async () => {
    await workers.stop();
    await sink.close(0);
    if (services.identity !== identity) services.identity.close();
  };
  return { services, stop };
}

test("R102: a backup that failed is in the mailboxes of the owner and of the technical contact, each in their language", async () => {
  const device = await world.newDevice(tenantId, await world.newSpace(tenantId));
  const other = await world.newTenant("Bianchi Srl");
  const stranger = await world.newPerson(other, { role: "owner" });
  await world.newDevice(other, await world.newSpace(other));
  const at = new Date(world.services.core.clock.nowMs()).toISOString();
  const reported = await world.faces.vault.inject({
    method: "POST",
    url: "/vault/v1/device/reports",
    headers: { authorization: `Bearer ${device.token}`, "content-type": "application/json" },
    payload: {
      ...{ runId: randomUUID(), result: "failed", startedAt: at, finishedAt: at, pointId: null },
      ...{ filesTotal: 3, filesUnreadable: 0, bytesRead: 0, bytesSent: 0 },
      ...{ code: "source.missing", message: "the folder is not there", agentVersion: "1.0.0" },
    },
  });
  expect(reported.statusCode, reported.body).toBe(204);

  const { cookie } = await world.session(await world.newPerson(tenantId, { operatorRoles: ["infra"] }));
  const read = async (path: string) =>
    (await world.faces.operator.inject({ url: `/api/mail-sink${path}`, headers: { cookie } })).json();
  const mailTo = async (address: string) => {
    const { messages } = await read(`?address=${encodeURIComponent(address)}`);
    const about = messages.filter(({ subject }: { subject: string }) => /Backup/.test(subject));
    return Promise.all(
      about.map(async ({ id, subject }: { id: string; subject: string }) => {
        const { text } = await read(`/${id}/text`);
        return { subject, text };
      }),
    );
  };
  const mail = await startMail();
  try {
    const [name] = await world.services.core.db.tenant(
      tenantId,
      (tx) => tx.sql<{ name: string }[]>`
        select name from devices_devices where tenant_id = ${tenantId} and id = ${device.id}`,
    );
    const arrived = (address: string) =>
      until(`mail for ${address}`, async () => {
        const found = await mailTo(address);
        return found.length > 0 ? found : null;
      });
    expect(await arrived(owner.login)).toEqual([
      {
        subject: `Backup non riuscito: ${name?.name}`,
        text: expect.stringContaining("Apri il dispositivo nella console per leggere il motivo."),
      },
    ]);
    expect(await arrived(technician)).toEqual([
      {
        subject: `Backup failed: ${name?.name}`,
        text: expect.stringContaining("Open the device in the console to read why."),
      },
    ]);
    expect(await mailTo(stranger.login)).toEqual([]);
  } finally {
    await mail.stop();
  }
});
