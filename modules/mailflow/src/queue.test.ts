import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { addAddress } from "@casaforte/modules/domains";
import { openDb } from "@casaforte/platform/db";
import { SMTPServer } from "smtp-server";
import { describe, expect, test } from "vitest";
import { listenSink, type MailflowServices } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { system } from "./mailflow-testbed.ts";
import { ada, bed, bob, client, mail, queue, refusal, remote } from "./send.test-support.ts";

describe("the queue", () => {
  test("tries again after a temporary refusal and succeeds", async () => {
    remote.rcpt = "451 4.3.0 come back";
    await client().sendMail(mail({ to: "retry@far.test" }));
    await bed.drain();
    expect(await queue("retry@far.test")).toEqual([
      { state: "waiting", attempts: 1, last_reply: expect.stringContaining("come back") },
    ]);
    remote.rcpt = null;
    await bed.clock.advance(mailflowLimits.retryFirstMs / 2);
    await bed.drain();
    expect(remote.taken).toEqual([]);
    await bed.clock.advance(mailflowLimits.retryFirstMs);
    await bed.drain();
    expect(remote.taken.map(({ to }) => to)).toEqual(["retry@far.test"]);
    expect(await queue("retry@far.test")).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(await bed.events("retry@far.test")).toEqual(["queued", "deferred", "sent"]);
  });

  test.each([
    ["a permanent refusal", "refused@far.test", "550 5.1.1 no such user", "5.1.1"],
    ["a null MX", "x@nullmx.test", null, "5.1.10"],
    ["a domain without servers", "x@gone.test", null, "5.1.2"],
  ])("%s comes back as a report to the sender", async (_name, to, reply, status) => {
    remote.rcpt = reply;
    const before = (await bed.messages(ada)).length;
    await client().sendMail(mail({ to, subject: `for ${to}` }));
    await bed.drain();
    const bounces = (await bed.messages(ada)).slice(before);
    expect(bounces).toHaveLength(1);
    const raw = bounces[0]?.raw ?? "";
    expect(raw).toMatch(/^Return-Path: <>\r\n/);
    expect(raw).toContain("multipart/report; report-type=delivery-status");
    expect(raw).toContain(`Final-Recipient: rfc822; ${to}`);
    expect(raw).toContain(`Status: ${status}`);
    expect(raw).toContain(`Subject: for ${to}`);
    expect(raw).not.toContain("hello");
  });

  test("what is forwarded to an address that leads nowhere any more comes back as a report, and so does too large a group", async () => {
    const set = (local: string, forwardTo: readonly string[]) =>
      bed.database.db.tenant(ada.tenantId, async (tx) => {
        await tx.sql`update domains_addresses set forward_to = ${[...forwardTo]}
          where tenant_id = ${tx.tenantId} and local_part = ${local}`;
      });
    for (const [local, targets, status] of [
      ["orphan", ["was-here@casa.test"], "5.1.1"],
      ["crowd", Array.from({ length: 1_001 }, (_, index) => `m${index}@elsewhere.test`), "5.2.4"],
    ] as const) {
      const to = `${local}@casa.test`;
      await bed.database.db.tenant(ada.tenantId, (tx) =>
        addAddress(tx, system, { kind: "forward", address: to, forwardTo: ["bob@casa.test"] }, bed.services),
      );
      const before = (await bed.messages(ada)).length;
      await client().sendMail(mail({ to, subject: `for ${to}` }));
      await set(local, targets);
      await bed.drain();
      const reports = (await bed.messages(ada)).slice(before).map(({ raw }) => raw);
      expect(reports).toHaveLength(1);
      expect(reports[0]).toContain(`Status: ${status}`);
      expect(await refusal(client().sendMail(mail({ to })))).toMatch(
        new RegExp(`^550 ${status.replaceAll(".", "\\.")} `),
      );
    }
  });

  test("patience ends: after five days of silence the sender is told", async () => {
    const before = (await bed.messages(ada)).length;
    await client().sendMail(mail({ to: "x@dark.test" }));
    for (let hour = 0; hour < 24 * 6 + 6; hour += 5) {
      await bed.drain();
      await bed.clock.advance(5 * 3_600_000);
    }
    expect(await queue("x@dark.test")).toMatchObject([{ state: "failed" }]);
    const statuses = (await bed.messages(ada)).slice(before).map(({ raw }) => /Status: (.*)/.exec(raw)?.[1]?.trim());
    expect(statuses).toEqual(["4.4.1", "4.4.7"]);
  });

  test("a report that cannot be delivered ends silently: no bounce of a bounce", async () => {
    remote.rcpt = "550 5.1.1 gone";
    await bed.promise(bob, "to be refused later", "sender@far.test");
    await bed.database.db.tenant(
      bob.tenantId,
      (tx) => tx.sql`update mailbox_accounts set state = 'deleted', deleted_at = now() where id = ${bob.id}`,
    );
    await bed.drain();
    await bed.database.db.tenant(
      bob.tenantId,
      (tx) => tx.sql`update mailbox_accounts set state = 'active', deleted_at = null where id = ${bob.id}`,
    );
    expect(await queue("sender@far.test")).toMatchObject([{ state: "failed" }]);
    const pending = await bed.database.db.operator(
      (tx) => tx.sql`select 1 from mailflow_queue where state = 'waiting'`,
    );
    expect(pending).toHaveLength(0);
  });

  test("a destination has four sessions from all processes together: a fifth message waits, which is no try", async () => {
    const { appUrl, operatorUrl } = bed.database.cluster;
    const otherProcess = openDb({ appUrl, operatorUrl, logger: bed.logger });
    const take = () => otherProcess.takePlace("mailflow to far.test", mailflowLimits.perDestinationMax);
    const places = [await take(), await take(), await take(), await take()];
    expect(places).not.toContain(null);
    await client().sendMail(mail({ to: "fifth@far.test" }));
    await bed.drain();
    expect(await queue("fifth@far.test")).toEqual([
      { state: "waiting", attempts: 0, last_reply: expect.stringContaining("earlier messages") },
    ]);
    expect(remote.taken).toEqual([]);
    await places[2]?.[Symbol.asyncDispose]();
    await bed.clock.advance(mailflowLimits.busyDestinationWaitMs);
    await bed.drain();
    expect(remote.taken.map(({ to }) => to)).toEqual(["fifth@far.test"]);
    // It gave its own place back.
    expect(await take()).not.toBeNull();
    await otherProcess.close();
  });

  test("keeps no blob of a message that has left", async () => {
    const rows = await bed.database.db.operator(
      (tx) => tx.sql<{ tenant_id: never; blob_id: never }[]>`select tenant_id, blob_id from mailflow_outgoing`,
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { tenant_id, blob_id } of rows)
      await expect(bed.services.blobs.readAll(tenant_id, blob_id)).rejects.toMatchObject({ code: "blob.missing" });
  });
});

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), "cf-relay-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  const pair = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  await rm(directory, { recursive: true });
  return pair;
}

describe("a relay that wants a login", () => {
  test("gets it over trusted TLS only, and a refused login defers instead of bouncing", async () => {
    const tls = await selfSigned();
    const logins: string[] = [];
    const relay = new SMTPServer({
      ...tls,
      logger: false,
      disableReverseLookup: true,
      onAuth({ username, password }, session, callback) {
        logins.push(`${username} ${password} ${session.secure}`);
        if (password === "right") callback(null, { user: username });
        else callback(null, { message: "no", responseCode: 535 });
      },
      onData(stream, _session, callback) {
        stream.resume();
        stream.on("end", () => callback());
      },
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const address = relay.server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const outbound = { kind: "smarthost", host: "localhost", port } as const;
    const attempt = async (using: MailflowServices["outbound"]) => {
      await bed.worker({ ...bed.services, outbound: using }).drain();
      await bed.clock.advance(5 * 3_600_000);
      return (await queue("relayed@far.test"))[0]?.state;
    };
    await client().sendMail(mail({ to: "relayed@far.test" }));
    expect(await attempt({ ...outbound, auth: { user: "us", password: "right" } })).toBe("waiting");
    expect(logins).toEqual([]);
    expect(await attempt({ ...outbound, auth: { user: "us", password: "wrong" }, ca: tls.cert })).toBe("waiting");
    expect(await attempt({ ...outbound, auth: { user: "us", password: "right" }, ca: tls.cert })).toBe("sent");
    expect(logins).toEqual(["us wrong true", "us right true"]);
    await new Promise<void>((resolve) => relay.close(resolve));
  });
});

describe("the sink of a demonstration", () => {
  test("takes what would leave and keeps it for the operator", async () => {
    const sink = await listenSink(bed.services, { host: "127.0.0.1", port: 0 });
    const services: MailflowServices = {
      ...bed.services,
      outbound: { kind: "smarthost", host: "127.0.0.1", port: sink.port },
    };
    await client().sendMail(mail({ to: "anybody@anywhere.test", subject: "Città" }));
    await bed.worker(services).drain();
    await sink.close(1);
    const rows = await bed.database.db.operator(
      (tx) => tx.sql<{ recipients: string[]; subject: string }[]>`select recipients, subject from mailflow_sink`,
    );
    expect(rows).toEqual([{ recipients: ["anybody@anywhere.test"], subject: "Città" }]);
  });
});
