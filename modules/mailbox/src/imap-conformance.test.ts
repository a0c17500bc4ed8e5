import { imapBackendConformance } from "@casaforte/imap/conformance";
import { imapTranscripts } from "@casaforte/imap/conformance-transcripts";
import { Failure, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { updateMailAccount } from "./change-mail-account.ts";
import { imapBackend } from "./imap.ts";
import { invariants } from "./invariants.ts";
import { type MailboxTestbed, openMailboxTestbed, system } from "./mailbox-testbed.ts";

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

async function makeSubject(limitBytes: number | null = null) {
  const account = await bed.newAccount(tenantId);
  if (limitBytes !== null)
    await bed.db.tenant(tenantId, (tx) =>
      updateMailAccount(tx, system, { accountId: account.id, quotaBytes: BigInt(limitBytes) }, bed.services),
    );
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
}

imapBackendConformance("the mail store on PostgreSQL", makeSubject);
imapTranscripts("the mail store on PostgreSQL", true, makeSubject);
