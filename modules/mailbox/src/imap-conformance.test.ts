import { imapBackendConformance } from "@casaforte/imap/conformance";
import { Failure, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { imapBackend } from "./imap.ts";
import { invariants } from "./invariants.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  bed = await openMailboxTestbed(17);
  tenantId = await bed.newTenant();
});
afterEach(async () => {
  for (const invariant of invariants) expect(await bed.db.tenant(tenantId, (tx) => invariant.check(tx))).toEqual([]);
});
afterAll(() => bed?.close());

imapBackendConformance("the mail store on PostgreSQL", async () => {
  const account = await bed.newAccount(tenantId);
  const backend = imapBackend(bed.services, async ({ password }) => {
    if (password !== "secret") throw new Failure("unauthenticated", "identity.bad_credentials", "wrong password");
    return {
      tenantId,
      mailAccountId: account.id,
      principalId: account.id as string as PrincipalId,
      holds: async () => true,
    };
  });
  const { address: colleague } = await bed.newAccount(tenantId);
  return { backend, user: account.address, password: "secret", colleague, close: async () => {} };
});
