import { Failure, type PrincipalId, utf8 } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import { expect, test } from "vitest";
import { system } from "./mailflow-testbed.ts";
import { ada, bed, client, mail, remote } from "./send.test-support.ts";
import { resumeSender, stopSender } from "./stop-sender.ts";
import { submitMessage } from "./submit-message.ts";

async function blobs(): Promise<number> {
  let count = 0;
  for await (const _ of bed.services.blobs.list(ada.tenantId)) count++;
  return count;
}
const refusal = (sending: Promise<unknown>) =>
  sending.then(
    () => null,
    ({ response, command }: { response: string; command: string }) => ({ response, command }),
  );

/** A message that says whether it was read. */
function watched() {
  const seen = { isRead: false };
  async function* message() {
    seen.isRead = true;
    yield utf8("From: ada@casa.test\r\nTo: guest@far.test\r\nSubject: s\r\n\r\nx\r\n");
  }
  const user = { tenantId: ada.tenantId, mailAccountId: ada.id, principalId: ada.id as string as PrincipalId };
  const input = { user, sender: "ada@casa.test", recipients: ["guest@far.test"], isOverSmtp: false };
  return { seen, input: { ...input, message: message() } };
}

test("of a message that is refused beyond the hour's limit no bytes stay", async () => {
  const hour = new Date(Math.floor(bed.clock.nowMs() / 3_600_000) * 3_600_000);
  await bed.database.db.tenant(
    ada.tenantId,
    (tx) => tx.sql`insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients)
      values (${tx.tenantId}, ${ada.id}, ${hour}, 60)
      on conflict (tenant_id, mail_account_id, hour) do update set recipients = 60`,
  );
  await bed.drain();
  const before = await blobs();
  expect(await refusal(client().sendMail(mail({ text: "z".repeat(300_000) })))).toMatchObject({
    response: expect.stringMatching(/^450 4\.7\.1 /),
  });
  expect(await blobs()).toBe(before);
  await bed.drain();
  await bed.clock.advance(3_600_000);
});

test("a sender that is stopped is refused before his message is read", async () => {
  const { db } = bed.services;
  const stop = { mailAccountId: ada.id, reason: "by_hand" } as const;
  await db.tenant(ada.tenantId, (tx) => stopSender(tx, system, stop, bed.services));
  const before = await blobs();
  expect(await refusal(client().sendMail(mail({ text: "z" })))).toMatchObject({
    response: expect.stringMatching(/^550 5\.7\.1 /),
    command: "MAIL FROM",
  });
  const { seen, input } = watched();
  await expect(submitMessage(bed.services, input)).rejects.toMatchObject({ code: "mailflow.sender_stopped" });
  expect([seen.isRead, await blobs()]).toEqual([false, before]);
  await db.tenant(ada.tenantId, (tx) => resumeSender(tx, system, { mailAccountId: ada.id }, bed.services));
});

test("bytes of a message whose commit was not answered are kept, and it is on its way", async () => {
  const db: Db = Object.create(bed.services.db, {
    tenant: {
      value: async (...args: Parameters<Db["tenant"]>) => {
        const done = await bed.services.db.tenant(...args);
        if (args[2]?.readOnly) return done;
        throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
      },
    },
  });
  const taken = remote.taken.length;
  await expect(submitMessage({ ...bed.services, db }, watched().input)).rejects.toMatchObject({ kind: "unavailable" });
  await bed.drain();
  expect(remote.taken.slice(taken).map(({ to }) => to)).toEqual(["guest@far.test"]);
});
