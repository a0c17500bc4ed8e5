import { createServer as createHttp } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Actor, newId, type SiteId, type SpaceId, type TenantId } from "@casaforte/kernel";
import { jobHandlers, jobSchedules, type NoticeServices, noticeLimits } from "@casaforte/modules/notices";
import { addHost, changeHost, placeSpace } from "@casaforte/modules/placement";
import { createSpace } from "@casaforte/modules/spaces";
import { openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noticeDesk } from "../../apps/server/src/notice-desk.ts";
import { startWorld, type World } from "./world.test-support.ts";

const maker: Actor = { kind: "system", name: "test" };
const site = "mi1" as SiteId;
const clock = new FakeClock(Date.parse("2027-01-01T08:00:00Z"));
const logger = new MemoryLogger();
const mails: { to: string; subject: string; text: string; atMs: number }[] = [];
const page = { status: 200 };
const hostChecks: { name: string; url: string }[] = [];
let world: World;
let services: NoticeServices;
let worker: Worker;
let ports: Server;
const http = createHttp((_request, response) => void response.writeHead(page.status).end("x".repeat(100_000)));
let at: { readonly host: string; readonly port: number };

const listening = async (server: Server, port = 0) => {
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  return (server.address() as AddressInfo).port;
};
const openPort = async (port = 0) => {
  ports = createServer((socket) => void socket.on("error", () => socket.destroy()));
  return listening(ports, port);
};
const closed = (server: Server) => new Promise<void>((done) => void server.close(() => done()));

beforeAll(async () => {
  world = await startWorld();
  at = { host: "127.0.0.1", port: await openPort() };
  const { core } = world.services;
  const { db, random, bus, config } = core;
  hostChecks.push(
    { name: "mi-a", url: `tcp://${at.host}:${at.port}` },
    { name: "mi-b", url: `http://127.0.0.1:${await listening(http)}/health` },
    { name: "of nobody", url: "tcp://127.0.0.1:1" },
  );
  const jobs = openJobs({ clock, random, bus });
  services = {
    ...noticeDesk({ ...core, clock, jobs, config: { ...config, hostChecks } }, "https://console.test"),
    async mail(_tx, { to, subject, text }) {
      mails.push({ to, subject, text, atMs: clock.nowMs() });
      return `<${mails.length}@provider.test>`;
    },
  };
  worker = startWorker({ db, bus, clock, random, logger, handlers: jobHandlers(services), schedules: [] }, false);
});
afterAll(async () => {
  await worker?.stop();
  http.closeAllConnections();
  await closed(http);
  if (ports?.listening) await closed(ports);
  await world?.close();
});

/** A customer with a space on the only host that takes any. */
async function customer(name: string): Promise<string> {
  const { db, random } = world.services.core;
  const tenantId: TenantId = await world.newTenant(name);
  const spaceId = newId<SpaceId>(clock, random);
  const space = { siteId: site, nowMs: clock.nowMs() };
  await db.tenant(tenantId, async (tx) => {
    await createSpace(tx, maker, { id: spaceId, name: "Spazio", quotaBytes: 10n ** 9n, ...space });
    await placeSpace(tx, { spaceId, bytes: 10n ** 9n, ipAddresses: 0, ...space });
  });
  return (await world.newPerson(tenantId, { role: "owner" })).login;
}

async function host(name: string): Promise<string> {
  const { db, random } = world.services.core;
  const id: string = newId(clock, random);
  const row = { id, siteId: site, name, rack: null, serial: null, capacityBytes: 10n ** 13n };
  await db.operator((tx) => addHost(tx, maker, row, clock.nowMs()));
  return id;
}
const turnTo = (id: string, state: "draining" | "active") =>
  world.services.core.db.operator((tx) => changeHost(tx, maker, { id, state, nowMs: clock.nowMs() }));

test("R24: a storage server that takes no connection, or answers with a fault, is told to those on it within 60 seconds of its usual duration", async () => {
  const first = await host("mi-a");
  const onFirst = await customer("Primo Srl");
  await turnTo(first, "draining");
  await host("mi-b");
  const onSecond = await customer("Secondo Srl");
  const [schedule] = jobSchedules;
  const watch = jobHandlers(services).find(({ task }) => task === schedule?.task);
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger };
  const everyMs = schedule?.everyMs ?? Number.NaN;
  const turn = async () => {
    await watch?.run({}, context);
    await worker.drain();
    await clock.advance(everyMs);
  };
  const { backup: usualMs } = noticeLimits.usualMs;
  /** From the moment the part is away until the first mail. */
  const toldAfter = async (to: string) => {
    mails.length = 0;
    const downMs = clock.nowMs();
    while (clock.nowMs() < downMs + usualMs) await turn();
    expect(mails).toEqual([]);
    for (let turns = 0; turns < 60_000 / everyMs; turns++) await turn();
    expect(mails.map((mail) => mail.to)).toEqual([to]);
    expect(mails[0]?.text).not.toContain("mi-");
    return (mails[0]?.atMs ?? Number.NaN) - downMs - usualMs;
  };
  await turn();
  await closed(ports);
  expect(await toldAfter(onFirst)).toBeLessThanOrEqual(60_000);
  await openPort(at.port);
  await turn();
  expect(mails.at(-1)).toMatchObject({ to: onFirst, subject: expect.stringContaining("risolto") });
  page.status = 503;
  expect(await toldAfter(onSecond)).toBeLessThanOrEqual(60_000);
  page.status = 204;
  await turn();
  expect(mails.at(-1)).toMatchObject({ to: onSecond, subject: expect.stringContaining("risolto") });
  mails.length = 0;
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(mails).toEqual([]);
  // What a line found ends when it is taken out of the configuration.
  page.status = 503;
  await toldAfter(onSecond);
  hostChecks.splice(1, 1);
  await turn();
  expect(mails.at(-1)).toMatchObject({ to: onSecond, subject: expect.stringContaining("risolto") });
});
