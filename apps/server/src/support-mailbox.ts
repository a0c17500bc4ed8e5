import { type Actor, type MailAccountId, newId, providerTenantId, toBase64Url } from "@casaforte/kernel";
import {
  activateTrustedDomain,
  addAddress,
  addDomain,
  generateDkimKey,
  isDomainHosted,
} from "@casaforte/modules/domains";
import { createMailAccount } from "@casaforte/modules/mailbox";
import { mailAccountHooks } from "./mail-account-hooks.ts";
import type { Services } from "./services.ts";

const actor: Actor = { kind: "system", name: "support_desk" };

/**
 * Makes the mailbox that the desk reads, once: the provider's mail domain and an account under the support address, with
 * postmaster@ and abuse@ leading to it (RFC 2142). Only where the configuration says that this domain's mail comes here.
 */
export async function prepareSupportMailbox(services: Services): Promise<void> {
  const { core, identity, mailbox, mailflow, domainSecret } = services;
  const { db, clock, random, config } = core;
  const { supportAddress, supportMailbox } = config.provider;
  if (!supportMailbox) return;
  const { providerDomain } = mailflow;
  if (await db.lookup((tx) => isDomainHosted(tx, providerDomain))) return;
  // Nobody signs in with it: an operator who wants to read along resets it.
  const passwordHash = await identity.preparePassword({ password: toBase64Url(random.bytes(24)), words: [] });
  const dkimKey = await generateDkimKey();
  const hooks = mailAccountHooks(services);
  await db.tenant(providerTenantId, async (tx) => {
    const domain = await addDomain(
      tx,
      actor,
      { name: providerDomain, dkimKey },
      { clock, random, secretKey: domainSecret },
    );
    await activateTrustedDomain(tx, actor, { domainId: domain.id }, { clock });
    const accountId = newId<MailAccountId>(clock, random);
    const account = await createMailAccount(
      tx,
      actor,
      { accountId, address: supportAddress, displayName: config.provider.name, quotaBytes: null },
      mailbox,
    );
    await hooks.created(tx, actor, { account, passwordHash });
    for (const duty of ["postmaster", "abuse"])
      if (supportAddress.toLowerCase() !== `${duty}@${providerDomain}`)
        await addAddress(
          tx,
          actor,
          { kind: "alias", address: `${duty}@${providerDomain}`, mailAccountId: accountId },
          { clock, random },
        );
  });
}
