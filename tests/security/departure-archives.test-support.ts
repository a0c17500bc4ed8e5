import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrincipalId, utf8 } from "@casaforte/kernel";
import { rangedTar, requestExport, runExport } from "@casaforte/modules/departure";
import { addAddress } from "@casaforte/modules/domains";
import { createPrincipal } from "@casaforte/modules/identity";
import { imposeMeasure, noteViolation } from "@casaforte/modules/measures";
import { addNote } from "@casaforte/modules/tenancy";
import { expect, test } from "vitest";
import { measureDesk } from "../../apps/server/src/measure-desk.ts";
import {
  address,
  canary,
  id,
  mail,
  never,
  operator,
  owner,
  python,
  services,
  stranger,
  tenantId,
  world,
} from "./departure.test-support.ts";

/** What who leaves takes along, before anything is deleted (R62, R63). */
export function testArchives(): void {
  test("R62, R63: archives of settings and mail are read by other people's tools, with every hash of the manifest right", async () => {
    const { db } = world.services.core;
    const directory = await mkdtemp(join(tmpdir(), "cf-export-"));
    try {
      for (const part of ["settings", "mail"] as const) {
        const exportId = await db.tenant(tenantId, (tx) => requestExport(tx, owner, { part }, services));
        await runExport(services, tenantId, exportId, { signal: never, isLastTry: true });
        const face = world.faces.console;
        const { cookie } = await world.session(await world.newPerson(tenantId, { role: "admin" }));
        const get = (headers: Record<string, string>, from = cookie) =>
          face.inject({
            method: "GET",
            url: `/api/exports/${exportId}/archive`,
            headers: { cookie: from, ...headers },
          });
        const whole = await get({});
        expect(whole.statusCode).toBe(200);
        const rest = await get({ range: "bytes=700-" });
        expect([rest.statusCode, rest.rawPayload.equals(whole.rawPayload.subarray(700))]).toEqual([206, true]);
        // A piece of other bytes than those that were begun does not come: the whole does, anew. Beyond the end is told.
        const etag = String(whole.headers["etag"]);
        const [same, others] = await Promise.all(
          [etag, '"another"'].map((tag) => get({ range: "bytes=700-", "if-range": tag })),
        );
        expect([same?.statusCode, same?.headers["etag"], others?.statusCode]).toEqual([206, etag, 200]);
        expect(others?.rawPayload.equals(whole.rawPayload)).toBe(true);
        const beyond = await get({ range: `bytes=${whole.rawPayload.length}-` });
        expect([beyond.statusCode, beyond.headers["content-range"]]).toEqual([
          416,
          `bytes */${whole.rawPayload.length}`,
        ]);
        // Each time its first byte was sent stands in the log, whatever was asked for.
        const [log] = await db.tenant(
          tenantId,
          (tx) => tx.sql<{ count: bigint }[]>`
          select count(*) from audit_entries where action = 'departure.export_taken' and object_id = ${exportId}`,
        );
        expect(Number(log?.count)).toBe(2);
        const other = await world.session(await world.newPerson(stranger, { role: "owner" }));
        expect((await get({}, other.cookie)).statusCode).toBe(404);
        await writeFile(join(directory, `${part}.tar`), whole.rawPayload);
      }
      const tarOf = (version: string) =>
        rangedTar([
          {
            path: "keyring",
            sizeBytes: 7,
            modifiedMs: 0,
            version,
            open: async function* () {
              yield utf8("keyring");
            },
          },
        ]).etag;
      expect(tarOf("1")).not.toBe(tarOf("2"));
      const { stdout } = await python(
        `
import csv, hashlib, io, json, mailbox, os, sys, tarfile
root = sys.argv[1]
for part in ("settings", "mail"):
    with tarfile.open(f"{root}/{part}.tar") as tar:
        tar.extractall(root + "/" + part, filter="data")
    rows = list(csv.DictReader(open(f"{root}/{part}/MANIFEST.csv", newline="")))
    assert rows
    for row in rows:
        data = open(os.path.join(root, part, row["path"]), "rb").read()
        assert len(data) == int(row["bytes"]) and hashlib.sha256(data).hexdigest() == row["sha256"], row
base = f"{root}/settings/settings"
for name in os.listdir(base + "/json"):
    rows = json.load(open(f"{base}/json/{name}"))
    cells = list(csv.DictReader(open(f"{base}/csv/{name[:-5]}.csv", newline="")))
    schema = json.load(open(f"{base}/schema/{name[:-5]}.schema.json"))
    assert len(rows) == len(cells) and set(rows[0]) == set(schema["items"]["properties"]) == set(cells[0]), name
people = json.load(open(base + "/json/identity_principals.json"))
assert not any("hash" in key or "password" in key for person in people for key in person)
box = f"{root}/mail/mail/{sys.argv[2]}/INBOX"
for folder in ("new", "tmp"): os.makedirs(f"{box}/{folder}", exist_ok=True)
messages = list(mailbox.Maildir(box))
print(len(people), len(messages), messages[0]["subject"], messages[0].get_flags())
`,
        directory,
        address,
      );
      const [people, messages, subject, flags] = stdout.trim().split(" ");
      expect(Number(people)).toBeGreaterThan(1);
      expect([messages, subject, flags]).toEqual(["1", canary, "S"]);
      const mailHash = createHash("sha256").update(mail).digest("hex");
      expect(await readFile(join(directory, "mail", "MANIFEST.csv"), "utf8")).toContain(mailHash);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  test("R63: the archive's address book has who has an address here, each once, the groups with their members, and nobody of another customer", async () => {
    const { db } = world.services.core;
    const tenant = await world.newTenant("Rubrica Srl");
    await world.newDomain(tenant, "rubrica.test");
    const person = await world.newPerson(tenant, { role: "owner" });
    const box = await world.newMailAccount(tenant, "rubrica.test");
    const maker = { kind: "system", name: "test" } as const;
    // Who signs in with the mailbox's address is the same person.
    await db.tenant(tenant, (tx) =>
      createPrincipal(tx, maker, {
        id: id<PrincipalId>(),
        realm: "user",
        login: box.login,
        displayName: "Ada Neri",
        language: "it",
        role: "billing",
        status: "active",
        passwordHash: null,
        nowMs: world.services.core.clock.nowMs(),
      }),
    );
    const gone = await world.newDeletedMailAccount(tenant, "rubrica.test");
    await world.newAlias(tenant, "rubrica.test", box.principalId);
    const group = { kind: "group" as const, address: "tutti@rubrica.test" };
    const forwardTo = [box.login, "fuori@altrove.test"];
    await db.tenant(tenant, (tx) => addAddress(tx, maker, { ...group, forwardTo }, world.services.core));
    const settings = services.exporters.find(({ part }) => part === "settings");
    const files = new Map<string, string>();
    for await (const file of settings?.entries(tenant, {}, never) ?? []) {
      const pieces: Uint8Array[] = [];
      for await (const piece of file.open()) pieces.push(piece);
      files.set(file.path, Buffer.concat(pieces).toString());
    }
    for (const sentence of ["no calendars and no contacts", "non tiene calendari, né rubriche"])
      expect(files.get("settings/READ-ME.txt")).toContain(sentence);
    const cards = (files.get("settings/addresses.vcf") ?? "")
      .replaceAll("\r\n ", "")
      .split("END:VCARD\r\n")
      .slice(0, -1);
    const said = cards.map((card) => card.split("\r\n").filter((line) => /^(KIND|FN|EMAIL|MEMBER):/.test(line)));
    const aliases = said[1]?.filter((line) => line.startsWith("EMAIL:") && !line.endsWith(box.login)) ?? [];
    expect(aliases).toEqual([expect.stringMatching(/^EMAIL:.+@rubrica\.test$/)]);
    expect(said).toEqual([
      ["KIND:org", "FN:Rubrica Srl"],
      ["KIND:individual", "FN:Ada Neri", `EMAIL:${box.login}`, ...aliases],
      ["KIND:individual", expect.stringMatching(/^FN:Person \d+$/), `EMAIL:${person.login}`],
      [
        ...["KIND:group", "FN:tutti@rubrica.test", "EMAIL:tutti@rubrica.test"],
        ...[`MEMBER:urn:uuid:${box.principalId}`, "MEMBER:mailto:fuori@altrove.test"],
      ],
    ]);
    expect(cards.join("")).not.toContain(gone);
  });

  test("R63, R66: the settings archive holds no note of an operator, no silent order and no open suspicion", async () => {
    const { db, clock } = world.services.core;
    const desk = measureDesk(world.services.core, "https://console.test");
    const legal = operator("legal");
    const mark = (facts: string, nature: "authority_order" | "overload", isSilent = false) => ({
      tenantId,
      nature,
      severity: "minor" as const,
      product: "mail" as const,
      occurredAtMs: clock.nowMs(),
      facts,
      clause: "art. 9",
      source: "operator" as const,
      sourceKey: facts,
      isSilent,
      ...(nature === "authority_order" ? { authorityReference: facts } : {}),
    });
    await db.operator(async (tx) => {
      await noteViolation(tx, legal, mark("sospetto-aperto", "overload"), desk);
      for (const [facts, nature, isSilent] of [
        ["ordine-silenzioso", "authority_order", true],
        ["ordine-detto", "authority_order", false],
      ] as const) {
        const violationId = await noteViolation(tx, legal, mark(facts, nature, isSilent), desk);
        if (violationId === null) throw new Error("noted before");
        await imposeMeasure(tx, legal, { tenantId, violationId, severity: "minor", facts, clause: "art. 9" }, desk);
      }
    });
    const [entry] = await db.tenant(
      tenantId,
      (tx) => tx.sql<{ ticket: string }[]>`select ticket_id as ticket from tickets_entries limit 1`,
    );
    await db.operator(
      (tx) =>
        tx.sql`insert into tickets_entries (tenant_id, id, ticket_id, author, body, at)
      values (${tenantId}, ${id()}, ${entry?.ticket ?? ""}, 'note', 'sospetto-interno', ${new Date(clock.nowMs())})`,
    );
    const written = { tenantId, text: `${canary}: nota-tra-colleghi` };
    await db.operator((tx) => addNote(tx, legal, written, world.services.core));
    const settings = services.exporters.find(({ part }) => part === "settings");
    let texts = "";
    for await (const file of settings?.entries(tenantId, {}, never) ?? [])
      for await (const piece of file.open()) texts += Buffer.from(piece).toString();
    expect([texts.includes("sospetto-interno"), texts.includes("tickets_entries")]).toEqual([false, true]);
    expect([texts.includes("nota-tra-colleghi"), texts.includes("tenancy_notes")]).toEqual([false, false]);
    for (const table of ["measures_violations", "measures_measures"]) expect(texts).toContain(table);
    const said = (facts: string) => texts.includes(facts);
    expect([said("ordine-detto"), said("ordine-silenzioso"), said("sospetto-aperto")]).toEqual([true, false, false]);
  });
}
