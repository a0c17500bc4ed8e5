import { promises as dns } from "node:dns";
import { type Bandwidth, createBandwidth } from "@casaforte/modules/backup";
import { isHeld } from "@casaforte/modules/compliance";
import {
  createIdentity,
  type FaceIdentity,
  type Identity,
  mailProtocols,
  type Realm,
  renderSystemMail,
} from "@casaforte/modules/identity";
import { FactCache, type JmapServices, type MailboxEdgeServices, MailboxListings } from "@casaforte/modules/mailbox";
import {
  BlockLists,
  clamavScanner,
  createFiling,
  enqueueLesson,
  type FilingServices,
  type MailflowServices,
  mailStoreOf,
  rspamdFilter,
  sendSystemMail,
} from "@casaforte/modules/mailflow";
import type { MeasureServices } from "@casaforte/modules/measures";
import type { NoticeServices } from "@casaforte/modules/notices";
import { forgetContactsOf, noteBounce } from "@casaforte/modules/notices";
import type { IntakeServices } from "@casaforte/modules/tickets";
import { forgetPerson } from "@casaforte/modules/tickets";
import { announce, type WebhookServices } from "@casaforte/modules/webhooks";
import type { Config } from "@casaforte/platform/config";
import { readSecretLine } from "./configured-file.ts";
import type { Core } from "./core.ts";
import { measureDesk } from "./measure-desk.ts";
import { noticeDesk } from "./notice-desk.ts";
import { outboundOf } from "./outbound.ts";
import { ownAddressWatch } from "./own-addresses.ts";
import { isReporting, publicReportsOut } from "./reports-out.ts";
import { publicStsSource } from "./sts-source.ts";
import { supportDesk } from "./support-desk.ts";
import { webhookDesk } from "./webhook-desk.ts";

export interface ServiceOptions {
  readonly faces: Readonly<Record<Realm, FaceIdentity>>;
  /** Where the demo's sink listens, when outbound mail goes there. */
  readonly sinkPort: number | null;
  readonly demo: boolean;
  /** Whether the listeners of this process are open, all of them; where nobody says so, they are. */
  readonly isServing?: () => boolean;
}

/** The modules' services, wired once for every role of the process. */
export interface Services {
  readonly core: Core;
  readonly identity: Identity;
  readonly mailbox: MailboxEdgeServices & Pick<JmapServices, "listings">;
  readonly mailflow: MailflowServices;
  readonly tickets: IntakeServices;
  readonly measures: MeasureServices;
  readonly notices: NoticeServices;
  readonly webhooks: WebhookServices;
  /** Seals DKIM keys. */
  readonly domainSecret: Uint8Array;
  /** Holds each space to its rate, whoever reads or writes. */
  readonly bandwidth: Bandwidth;
}

/** What weighs arriving mail beside our own checks, and what others' lists are asked about ourselves. */
function filters({ config, clock, logger }: Core): Partial<MailflowServices> {
  const { blockLists, rspamd, clamav } = config.mail.filter;
  const isAsking = config.mail.dns && blockLists.length > 0;
  return {
    ownAddresses: ownAddressWatch(config),
    ...(isAsking
      ? { blockLists: new BlockLists({ zones: blockLists, resolve: (name) => dns.resolve4(name), clock, logger }) }
      : {}),
    ...(rspamd
      ? {
          contentFilter: rspamdFilter({
            url: rspamd.url,
            clock,
            ...(rspamd.passwordFile ? { password: readSecretLine(rspamd.passwordFile) } : {}),
          }),
        }
      : {}),
    ...(clamav ? { virusScanner: clamavScanner({ ...clamav, clock }) } : {}),
  };
}

/**
 * Addresses that many people share, because a proxy of ours stands there: one person's guesses must not shut out all.
 * Without a proxy even loopback is one person's.
 */
export function sharedAddresses({ trustedProxies, mail }: Config): readonly string[] {
  const proxies = [...trustedProxies, ...mail.proxyProtocolFrom, ...mail.mailboxProxyProtocolFrom];
  return proxies.length > 0 ? [...proxies, "127.0.0.0/8", "::1"] : [];
}

export function openServices(core: Core, options: ServiceOptions): Services {
  const { db, clock, random, logger, bus, jobs, config } = core;
  const providerDomain = config.provider.supportAddress.slice(config.provider.supportAddress.indexOf("@") + 1);
  const domainSecret = core.secret("domains");
  const identity = createIdentity({
    db,
    clock,
    random,
    logger: logger.with({ component: "identity" }),
    bus,
    masterKeys: [core.secret("identity")],
    async sendSystemMail(tx, mail) {
      const { subject, text } = renderSystemMail(mail);
      await sendSystemMail(
        tx,
        { to: mail.to, subject, text, language: mail.language, fromName: config.provider.name },
        { clock, random, jobs, providerDomain },
      );
    },
    async forgetPerson(tx, person) {
      await forgetContactsOf(tx, person.address);
      await forgetPerson(tx, person);
    },
    // Legal holds stand in the provider's own tables, which no tenant's transaction reaches (R92).
    isHeld: (tenantId) => db.operator((tx) => isHeld(tx, tenantId), { readOnly: true }),
    faces: options.faces,
    // A process of the version before cannot read an app password for JMAP: there are none until the configuration has it.
    offered: mailProtocols.filter((protocol) => protocol !== "jmap" || config.http.jmap !== undefined),
    operatorFactor: options.demo ? "none" : "passkey",
    brake: { trustedAddresses: sharedAddresses(config) },
  });
  const mailbox: Services["mailbox"] = {
    db,
    blobs: core.mailBlobs,
    clock,
    random,
    bus,
    facts: new FactCache(),
    listings: new MailboxListings(),
    logger: logger.with({ component: "mailbox" }),
    isHeld: identity.context.isHeld,
    async onJunkMove(tx, { accountId, blobIds, kind }) {
      for (const blobId of blobIds) await enqueueLesson(tx, { jobs }, { mailAccountId: accountId, blobId, kind });
    },
    onShareGiven: (tx, { owner: { principalId, ip }, ...share }) =>
      identity.tellShare(tx, { principalId, ip, ...share }),
  };
  const filingServices: FilingServices = {
    db,
    blobs: core.mailBlobs,
    jobs,
    clock,
    random,
    logger: logger.with({ component: "mailflow" }),
    hostname: config.provider.hostname,
    providerDomain,
    secretKey: domainSecret,
    authResolver: config.mail.dns
      ? (name: string, type: string) => dns.resolve(name, type) as Promise<string[][] | string[]>
      : null,
    outbound: outboundOf(config, options.sinkPort),
    ...filters(core),
    ...(config.mail.dns ? { sts: publicStsSource } : {}),
    ...(isReporting(config) ? { reportsOut: publicReportsOut } : {}),
    ...(config.http.webmail === undefined ? {} : { webmailUrl: options.faces.mail.origin }),
  };
  const mailflow: MailflowServices = {
    ...filingServices,
    mailStore: mailStoreOf(mailbox, createFiling(filingServices)),
    undeliverable: (tx, mail) => noteBounce(tx, mail, { jobs }),
  };
  const services = { core, identity, mailbox, mailflow, domainSecret, bandwidth: createBandwidth(clock) };
  const webhooks = webhookDesk(services, options.faces.user.origin);
  return {
    ...services,
    webhooks,
    tickets: supportDesk(services, options.faces.user.origin),
    measures: measureDesk(core, options.faces.user.origin),
    notices: {
      ...noticeDesk(core, options.faces.user.origin, options.isServing),
      updated: (tx, { id, noticeId }) =>
        announce(tx, { type: "notice.updated", kind: "notice", id: noticeId, once: id }, webhooks),
    },
  };
}
