import type { MailAccountId } from "@casaforte/kernel";
import { readMailAccount, updateMailAccount } from "@casaforte/modules/mailbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailAccountHooks } from "../../apps/server/src/mail-account-hooks.ts";
import { password, startWorld } from "./world.test-support.ts";

let world: Awaited<ReturnType<typeof startWorld>>;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const headers = { host: "localhost", origin: "http://localhost", "content-type": "application/json" };

test("R13: who may not use webmail takes no archive, shares nothing and changes no rules either, also signed in before", async () => {
  const tenant = await world.newTenant("Shut");
  await world.newDomain(tenant, "shut.test");
  const box = await world.newMailAccount(tenant, "shut.test");
  const face = world.faces.webmail;
  const payload = { login: box.login, password };
  const signedIn = await face.inject({ method: "POST", url: "/api/auth/sign-in", headers, payload });
  const cookie = signedIn.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const answers = async () => {
    const asked = [
      ["GET", "/jmap/session"],
      ["GET", "/api/mail-takeouts"],
      ["POST", "/api/mail-takeouts", { format: "mbox" }],
      ["GET", "/api/filters"],
      ["PUT", "/api/filters", { rules: [] }],
      ["GET", "/api/folder-shares"],
    ] as const;
    const found: number[] = [];
    for (const [method, url, body] of asked) {
      const reply = await face.inject({
        method,
        url,
        headers: { ...headers, cookie },
        ...(body ? { payload: body } : {}),
      });
      found.push(reply.statusCode);
    }
    return found;
  };
  expect((await answers()).filter((status) => status === 403)).toEqual([]);
  const { services } = world;
  const actor = { kind: "system", name: "test" } as const;
  await services.core.db.tenant(tenant, async (tx) => {
    const accountId = box.principalId as string as MailAccountId;
    const before = await readMailAccount(tx, actor, { accountId });
    const protocols = { imap: false, pop3: false, smtp: false, jmap: false, webmail: false };
    const after = await updateMailAccount(tx, actor, { accountId, protocols }, services.mailbox);
    await mailAccountHooks(services).updated(tx, actor, { before, after });
  });
  expect(await answers()).toEqual([403, 403, 403, 403, 403, 403]);
});
