import { statfs } from "node:fs/promises";
import { connect } from "node:net";
import { hostname } from "node:os";
import { providerTenantId, type SiteId, type TenantId } from "@casaforte/kernel";
import { listPrincipals } from "@casaforte/modules/identity";
import { listTenantsWithMail } from "@casaforte/modules/mailbox";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import type { NoticeServices, PartCheck } from "@casaforte/modules/notices";
import { listTenantsOnHost } from "@casaforte/modules/placement";
import { listTenantsAtSite } from "@casaforte/modules/spaces";
import { eachTenant, readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Core } from "./core.ts";
import { lookAtHosts } from "./host-checks.ts";

const probeTimeoutMs = 5_000;
/** Below this a site takes nothing more. */
const diskFreeFailed = 0.03;

/**
 * Notices on the ports of everything else: who has what where, which mail, and what is looked at; of the mail ports only
 * while `isServing`.
 */
export function noticeDesk(core: Core, consoleUrl: string, isServing = () => true): NoticeServices {
  const { db, clock, random, jobs, config } = core;
  const providerDomain = config.provider.supportAddress.slice(config.provider.supportAddress.indexOf("@") + 1);
  // Where core keeps mail: the first site of the configuration.
  const mailSite = config.sites[0]?.id ?? "";
  return {
    db,
    clock,
    random,
    jobs,
    secret: core.secret("notices"),
    providerName: config.provider.name,
    consoleUrl,
    sites: config.sites.map(({ id, name }) => ({ id: id as SiteId, name })),
    watchedSince: async () =>
      (await db.tenant(providerTenantId, (tx) => readTenant(tx, providerTenantId), { readOnly: true })).createdAt,
    async affected(tx: OperatorTx, { services, siteId, hostId }) {
      const found = new Set<TenantId>();
      const add = (tenants: readonly TenantId[]) => {
        for (const tenant of tenants) found.add(tenant);
      };
      if (services.includes("backup"))
        add(hostId === null ? await listTenantsAtSite(tx, siteId) : await listTenantsOnHost(tx, hostId));
      if (services.includes("mail") && (siteId === null || siteId === mailSite)) add(await listTenantsWithMail(tx));
      if (services.includes("console"))
        for await (const { tenantId, state } of eachTenant(db)) if (state !== "departed") add([tenantId]);
      return [...found];
    },
    async administrators(tx) {
      const { people } = await listPrincipals(tx, { tenantId: tx.tenantId, realm: "user", count: 200 });
      return people
        .filter(({ role, status }) => status === "active" && (role === "owner" || role === "admin"))
        .map(({ login, language }) => ({ address: login, language }));
    },
    mail: (tx, { unsubscribeUrl, ...mail }) =>
      sendSystemMail(
        tx,
        {
          ...mail,
          fromName: config.provider.name,
          replyTo: config.provider.supportAddress,
          ...(unsubscribeUrl ? { unsubscribeUrl } : {}),
        },
        { clock, random, jobs, providerDomain },
      ),
    look: (signal) => lookAtParts(core, signal, isServing),
  };
}

/**
 * A look at each part of this installation; a look that fails says that the part is not well. Of mail ports that this process
 * has not opened yet or is closing it says nothing: be it that it began to stop meanwhile.
 */
export async function lookAtParts(
  core: Core,
  signal: AbortSignal,
  isServing: () => boolean,
): Promise<readonly PartCheck[]> {
  const { db, config } = core;
  const part = (
    key: string,
    service: PartCheck["service"],
    siteId: string | null,
    look: Promise<boolean>,
  ): Promise<PartCheck> =>
    look.catch(() => false).then((isWell) => ({ key, service, siteId: siteId as SiteId | null, hostId: null, isWell }));
  const { smtp, imap } = config.mail;
  // A machine looks at the ports it opens itself, under its own name: two of them do not settle each other's faults.
  const ports = [
    ...(config.roles.includes("mx") ? [["smtp", smtp] as const] : []),
    ...(config.roles.includes("mail") ? [["imap", imap] as const] : []),
  ];
  const hosts = lookAtHosts(core, signal);
  const mail = Promise.all(
    (isServing() ? ports : []).flatMap(([name, at]) =>
      at && at.port > 0 ? [part(`mail/${hostname()}/${name}`, "mail", null, greets(at.host, at.port, signal))] : [],
    ),
  );
  const parts = await Promise.all([
    part(
      "database",
      "console",
      null,
      db.lookup(async (tx) => (await tx.sql`select 1`).length === 1),
    ),
    ...config.sites.map((site) => part(`disk/${site.id}`, "backup", site.id, hasRoom(site.blobs))),
  ]);
  const others = [...parts, ...(await hosts)];
  const found = await mail;
  return isServing() ? [...others, ...found] : others;
}

async function hasRoom(directory: string): Promise<boolean> {
  const { bavail, blocks } = await statfs(directory);
  return blocks === 0 || bavail / blocks > diskFreeFailed;
}

/** Whether a mail port says anything at all, within five seconds. */
function greets(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, timeout: probeTimeoutMs });
    const end = (isWell: boolean) => {
      socket.destroy();
      resolve(isWell);
    };
    socket.once("data", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}
