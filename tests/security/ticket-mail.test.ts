import type { Actor, BlobId } from "@casaforte/kernel";
import { jobHandlers } from "@casaforte/modules/mailflow";
import { openTicket } from "@casaforte/modules/tickets";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Person, startWorld, type World } from "./world.test-support.ts";

let world: World;
let owner: Person;
beforeAll(async () => {
  world = await startWorld();
  owner = await world.newPerson(await world.newTenant("Rossi"), { role: "owner", withPassword: true });
});
afterAll(() => world?.close());

const maker: Actor = { kind: "system", name: "test" };

async function ask(method: "GET" | "POST", url: string, payload?: Record<string, unknown>, person = owner) {
  const { cookie } = await world.session(person);
  return world.faces.console.inject({
    method,
    url,
    headers: { cookie, origin: "http://localhost", host: "localhost", "sec-fetch-site": "same-origin" },
    ...(payload ? { payload } : {}),
  });
}

/** Confirmations that are promised and not yet composed, each with the job that will compose it. */
const promised = () =>
  world.services.core.db.tenant(owner.tenantId, async (tx) => {
    const mails = await tx.sql<{ id: string; subject: string; recipient: string; messageId: string }[]>`
      select m.id, m.subject, m.recipient, m.header_message_id as "messageId" from mailflow_system_mail m
      join jobs_jobs j on j.tenant_id = m.tenant_id and j.task = 'mailflow.compose' and j.key = m.id::text
      where m.tenant_id = ${tx.tenantId} order by m.created_at`;
    return [...mails];
  });

test("R18: a ticket and its confirmation are one transaction, and a crash before sending sends it once, as the same mail", async () => {
  const { db, logger } = world.services.core;
  const { mailflow } = world.services;
  const input = {
    tenantId: owner.tenantId,
    kind: "question",
    severity: "normal",
    channel: "portal",
    language: "it",
    subject: "Mai aperto",
    body: "Niente",
    requesterAddress: owner.login,
    requesterId: owner.principalId,
    confirms: true,
  } as const;
  await expect(
    db.tenant(owner.tenantId, async (tx) => {
      await openTicket(tx, maker, input, world.services.tickets);
      throw new Error("the process dies before the commit");
    }),
  ).rejects.toThrow("dies");
  expect(await promised()).toEqual([]);

  const opened = await ask("POST", "/api/tickets", {
    ...{ kind: "question", severity: "normal", subject: "La posta è ferma", body: "Da stamattina" },
  });
  expect(opened.statusCode, opened.body).toBe(201);
  const { number } = opened.json();
  const [mail, ...others] = await promised();
  if (mail === undefined) throw new Error("no confirmation was promised");
  expect(others).toEqual([]);
  expect([mail.recipient, mail.subject]).toEqual([owner.login, `[#${number}] La posta è ferma`]);
  // The process died after the commit: the job that was promised in it runs in another, and once more for good measure.
  const compose = jobHandlers(mailflow).find(({ task }) => task === "mailflow.compose");
  const context = {
    ...{ tenantId: owner.tenantId, attempt: 1, signal: new AbortController().signal },
    logger,
  };
  for (let run = 0; run < 2; run++) await compose?.run({ mailId: mail.id }, context);
  expect(await promised()).toEqual([]);
  const outgoing = await db.tenant(
    owner.tenantId,
    (tx) => tx.sql<{ blob: BlobId; messageId: string; recipient: string }[]>`
      select o.blob_id as blob, o.header_message_id as "messageId", q.recipient from mailflow_outgoing o
      join mailflow_queue q on q.tenant_id = o.tenant_id and q.outgoing_id = o.id
      where o.tenant_id = ${tx.tenantId}`,
  );
  expect(outgoing.map(({ messageId, recipient }) => [messageId, recipient])).toEqual([[mail.messageId, owner.login]]);
  const text = Buffer.from(
    await mailflow.blobs.readAll(owner.tenantId, outgoing[0]?.blob ?? ("" as BlobId)),
  ).toString();
  expect(text).toContain(`Message-ID: ${mail.messageId}`);
  // The number as quoted-printable has it in a subject, and as it stands in the text.
  expect(text).toContain(`Subject: =?UTF-8?Q?=5B=23${number}=5D_`);
  expect(text).toContain(`ticket numero #${number}.`);
});

test("R21: a ticket's file is saved by a browser and never shown, another customer's is not there, one too large is refused in words", async () => {
  const content = Buffer.from("<svg onload='alert(1)'/>");
  const file = { name: 'rea"l\u00e8 <x>.svg', mediaType: "image/svg+xml", content: content.toString("base64") };
  const ticket = { kind: "question", severity: "normal", subject: "Con file", body: "Eccolo" };
  const opened = await ask("POST", "/api/tickets", { ...ticket, files: [file] });
  expect(opened.statusCode, opened.body).toBe(201);
  const thread = await ask("GET", `/api/tickets/${opened.json().id}`);
  const { entries } = thread.json() as { entries: { files: { id: string; name: string }[] }[] };
  const [kept] = entries.flatMap(({ files }) => files);
  const url = `/api/tickets/${opened.json().id}/files/${kept?.id}`;
  const taken = await ask("GET", url);
  expect([taken.statusCode, taken.rawPayload.equals(content)]).toEqual([200, true]);
  expect(taken.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-length": String(content.length),
  });
  const disposition = String(taken.headers["content-disposition"]);
  expect(disposition).toMatch(/^attachment; filename="[^"\\]*"; filename\*=UTF-8''[\w%.~!#$&+^`|-]+$/);
  expect(decodeURIComponent(disposition.slice(disposition.indexOf("''") + 2))).toBe(kept?.name);
  const stranger = await world.newPerson(await world.newTenant("Verdi"), { role: "owner", withPassword: true });
  expect((await ask("GET", url, undefined, stranger)).statusCode).toBe(404);
  const large = { ...file, content: Buffer.alloc(9 * 1024 * 1024).toString("base64") };
  const refused = await ask("POST", "/api/tickets", { ...ticket, files: [large] });
  expect([refused.statusCode, refused.json().code]).toEqual([413, "http.body_too_large"]);
});
