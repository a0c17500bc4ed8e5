import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "@casaforte/platform/config";
import { migrate, openPool, readSave, startTestCluster, type TestDatabase, withDatabase } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { systemRandom } from "@casaforte/platform/telemetry";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCore } from "../../apps/server/src/core.ts";
import { demoCertificate } from "../../apps/server/src/demo/certificate.ts";
import { demoConfig, settlePorts } from "../../apps/server/src/demo/demo-config.ts";
import type { DemoAccounts } from "../../apps/server/src/demo/seed.ts";
import { consoleFace, webmailFace } from "../../apps/server/src/faces.ts";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import { chooseSave, layout } from "../../apps/server/src/saving/layout.ts";
import { type PutBackReport, putBack } from "../../apps/server/src/saving/put-back.ts";
import { readSamples } from "../../apps/server/src/saving/sample-blobs.ts";
import { openServices, type Services } from "../../apps/server/src/services.ts";
import { run } from "../support/product.ts";
import { listBreaks, readSchema, type Schema } from "./schema.test-support.ts";

const archive = fileURLToPath(new URL("./save-of-ba5193e.tar.xz", import.meta.url));
const logger = new MemoryLogger();
/** A cluster, every migration, a save put back and examined: on a busy machine that takes minutes. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let directory: string;
let database: TestDatabase;
let config: Config;
let urls: { readonly appUrl: string; readonly operatorUrl: string; readonly ownerUrl: string };
let accounts: DemoAccounts;
let earlier: Schema;
let report: PutBackReport;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-upgrade-"));
  await chmod(directory, 0o711);
  const place = join(directory, "place");
  const [unpacked] = await Promise.all([
    run("tar", ["-xJf", archive, "-C", directory]),
    startTestCluster([]).then((started) => (database = started)),
    demoCertificate(directory),
  ]);
  expect(unpacked.code, unpacked.stderr).toBe(0);
  accounts = JSON.parse(await readFile(join(directory, "demo.json"), "utf8"));
  const { cluster } = database;
  const superuserUrl = withDatabase(cluster.superuserUrl, "postgres");
  const pool = openPool(superuserUrl, 1);
  await pool.unsafe("create database earlier owner cf_owner template template0 locale 'C'");
  await pool.end();
  const of = (url: string) => withDatabase(url, "earlier");
  urls = { appUrl: of(cluster.appUrl), operatorUrl: of(cluster.operatorUrl), ownerUrl: of(cluster.ownerUrl) };

  const demo = await demoConfig(directory, await settlePorts(true), "error");
  config = {
    ...demo,
    data: join(directory, "data"),
    // As in a configuration that was there before.
    vault: { leaveOutZeros: false },
    masterKeys: [{ id: 1, file: join(directory, "master-1.key") }],
    database: { url: urls.appUrl, operatorUrl: urls.operatorUrl, ownerUrl: urls.ownerUrl },
  };
  await mkdir(config.data);
  const { migrations } = await readSave(layout.database(place, await chooseSave(place, undefined)));
  const ledger = new Map(migrations.map(({ module, name, sha256 }) => [`${module}/${name}`, sha256]));
  await migrate(urls.ownerUrl, migrationSources, logger, ledger);
  earlier = await readSchema(urls.ownerUrl);
  report = await putBack(config, superuserUrl, { place }, logger);
});
afterAll(async () => {
  await database?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

test("R101: an earlier version still reads and writes on today's schema", async () => {
  const now = await readSchema(urls.ownerUrl);
  expect(now.tables.size).toBeGreaterThan(earlier.tables.size);
  expect(listBreaks(earlier, now)).toEqual([]);
  // Each kind of break is told, so an empty list says something.
  const owner = openPool(urls.ownerUrl, 1);
  try {
    await owner.unsafe(`
      alter table tickets_tickets rename column subject to title;
      alter table tickets_entries alter column body type varchar;
      alter table tenancy_tenants add column wanted integer not null default 1;
      alter table tenancy_tenants alter column wanted drop default;
      alter function mailbox_expunge rename to mailbox_expunge_all;
      revoke insert on tickets_entries from cf_app;
      alter table notices_contacts drop constraint notices_contacts_tenant_id_purpose_address_key;
      alter table notices_contacts add constraint notices_contacts_short check (length(address) < 300);
      create unique index notices_contacts_once on notices_contacts (address) where address = 'nobody'`);
    expect(listBreaks(earlier, await readSchema(urls.ownerUrl))).toEqual([
      "cf_app may insert less of tickets_entries",
      "check notices_contacts notices_contacts_short is new",
      "mailbox_expunge(uuid, uuid, uuid, integer[], integer, integer, boolean, timestamp with time zone) is gone",
      "tenancy_tenants.wanted is new and must be given",
      "tickets_entries.body was text and is character varying",
      "tickets_tickets.subject is gone",
      "tickets_tickets.title is new and must be given",
      "unique notices_contacts btree (address) WHERE (address = 'nobody'::text) is new",
      "unique notices_contacts btree (tenant_id, purpose, address) is gone",
    ]);
  } finally {
    await owner.unsafe(`
      alter table tickets_tickets rename column title to subject;
      alter table tickets_entries alter column body type text;
      alter table tenancy_tenants drop column wanted;
      alter function mailbox_expunge_all rename to mailbox_expunge;
      grant insert on tickets_entries to cf_app;
      alter table notices_contacts drop constraint notices_contacts_short;
      drop index notices_contacts_once;
      alter table notices_contacts add constraint notices_contacts_tenant_id_purpose_address_key
        unique (tenant_id, purpose, address)`);
    await owner.end();
  }
});

test("R98, R101: what an earlier version saved is whole under today's: invariants, chains, every blob", async () => {
  expect(report.examined).toMatchObject({ ok: true, findings: [] });
  expect(report.mailAccounts).toBe(4);
  expect(report.examined.invariants).toBeGreaterThan(50);
});

test("R101: its people sign in, and their mail, tickets and restore points can be read", async () => {
  const core = await openCore(config, urls, logger);
  const identities = { origin: "http://localhost", rpId: "localhost", rpName: "Casaforte" };
  const faces = { user: identities, operator: identities, mail: identities };
  const services: Services = openServices(core, { faces, sinkPort: null, demo: false });
  try {
    const addresses = { vaultUrl: "", webmailUrl: "", startedAtMs: core.clock.nowMs(), listeners: [] };
    const owner = await signedIn(consoleFace(services, addresses), accounts.customer.email, accounts.customer.password);
    expect(await owner("GET", "/api/tickets")).toMatchObject({ tickets: [{ subject: "Una domanda" }] });
    const { devices } = (await owner("GET", "/api/devices")) as { devices: { id: string }[] };
    const points = await owner("GET", `/api/devices/${devices[0]?.id}/points`);
    expect(points).toMatchObject({ points: [{ state: "good" }] });

    const [, bruno] = accounts.mailAccounts;
    const mail = await signedIn(webmailFace(services, addresses), bruno?.address ?? "", bruno?.password ?? "");
    const { primaryAccounts } = (await mail("GET", "/jmap/session")) as { primaryAccounts: Record<string, string> };
    const accountId = primaryAccounts["urn:ietf:params:jmap:mail"];
    const found = await mail("POST", "/jmap/api", {
      using: ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
      methodCalls: [
        ["Email/query", { accountId, filter: { subject: "Prima" } }, "a"],
        [
          "Email/get",
          {
            accountId,
            "#ids": { resultOf: "a", name: "Email/query", path: "/ids" },
            properties: ["subject", "textBody", "bodyValues"],
            fetchTextBodyValues: true,
          },
          "b",
        ],
      ],
    });
    expect(JSON.stringify(found)).toContain("Ciao Bruno");

    const samples = await readSamples(core.db, core, { perTenant: 1_000, random: systemRandom });
    expect(samples.findings).toEqual([]);
    expect(samples.read).toBeGreaterThan(8);
  } finally {
    services.identity.close();
    await core.close();
  }
});

/** Signs in as a browser does. Returns what asks on with that session. */
async function signedIn(face: Face, login: string, password: string) {
  await face.ready();
  let cookie = "";
  const ask = async (method: "GET" | "POST", url: string, body?: object): Promise<unknown> => {
    const reply = await face.inject({
      method,
      url,
      headers: { host: "localhost", origin: "http://localhost", "sec-fetch-site": "same-origin", cookie },
      ...(body === undefined ? {} : { payload: body }),
    });
    expect(reply.statusCode, `${method} ${url}: ${reply.body}`).toBe(200);
    if (reply.cookies.length > 0) cookie = reply.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    return reply.json();
  };
  await ask("POST", "/api/auth/sign-in", { login, password });
  return ask;
}
