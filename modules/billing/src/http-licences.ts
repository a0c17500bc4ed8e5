import { Readable } from "node:stream";
import { licencesQuerySchema, licencesReplySchema } from "@casaforte/contract/licences";
import {
  decimalOfMicros,
  Failure,
  type MailAccountId,
  parseId,
  romeDate,
  romeIsoDate,
  romeMidnight,
  romeNextMonth,
} from "@casaforte/kernel";
import { csvCell } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { BillingHttpServices } from "./http.ts";
import { covers, type LicenceMonth, type Span } from "./licences.ts";
import { billingLimits } from "./limits.ts";
import { readLicences } from "./read-licences.ts";

interface Month extends LicenceMonth {
  readonly month: string;
  readonly endMs: number;
  readonly addresses: ReadonlyMap<string, string>;
}

/** Licences of mail by day, on the page and as a file (R14). */
export function registerLicenceRoutes(app: Face, services: BillingHttpServices): void {
  const { db } = services;
  app.get(
    "/api/licences",
    { schema: { querystring: licencesQuerySchema, response: { 200: licencesReplySchema } } },
    async (request) => {
      const actor = await services.user(request, "read");
      const work = (tx: TenantTx) => readMonth(tx, services, request.query.month);
      const { month, days, accounts, addresses } = await db.tenant(actor.tenantId, work, { readOnly: true });
      return {
        month,
        days: days.map(({ microsSoFar, ...day }) => ({ ...day, microsSoFar: Number(microsSoFar) })),
        accounts: accounts.map((account) => ({
          id: account.accountId,
          address: addresses.get(account.accountId) ?? null,
          lived: account.lived.map(toView),
          paid: account.paid.map(toView),
          micros: Number(account.micros),
        })),
      };
    },
  );
  app.get("/api/licences/export", { schema: { querystring: licencesQuerySchema } }, async (request, reply) => {
    const actor = await services.user(request, "read");
    const work = (tx: TenantTx) => readMonth(tx, services, request.query.month);
    const read = await db.tenant(actor.tenantId, work, { readOnly: true });
    reply.header("content-disposition", `attachment; filename="licences-${read.month}.csv"`);
    reply.type("text/csv; charset=utf-8");
    return reply.send(Readable.from(csvLines(read)));
  });
}

/** One row a day and account that had a licence; what a unit costs stands on the day it started. */
function* csvLines({ days, accounts, addresses, endMs }: Month): Generator<string> {
  yield "day,address,account_id,requested,used\r\n";
  for (const { day } of days) {
    const atMs = Math.min(dayEnd(day), endMs) - 1;
    for (const { accountId, lived, paid } of accounts) {
      const [isPaid, isUsed] = [paid, lived].map((spans) => spans.some((span) => covers(span, atMs)));
      if (!isPaid && !isUsed) continue;
      const cells = [day, addresses.get(accountId) ?? "", accountId, isPaid ? "1" : "0", isUsed ? "1" : "0"];
      yield `${cells.map(csvCell).join(",")}\r\n`;
    }
  }
  const total = accounts.reduce((sum, { micros }) => sum + micros, 0n);
  yield `total_net_eur,${decimalOfMicros(total)},,,\r\n`;
}

function dayEnd(text: string): number {
  const [year = 0, month = 1, day = 1] = text.split("-").map(Number);
  return romeMidnight({ year, month, day: day + 1 });
}

async function readMonth(tx: TenantTx, services: BillingHttpServices, asked: string | undefined): Promise<Month> {
  const nowMs = services.clock.nowMs();
  const [year = 0, month = 1] = (asked ?? romeIsoDate(nowMs)).split("-").map(Number);
  const fromMs = romeMidnight({ year, month, day: 1 });
  const untilMs = romeNextMonth(fromMs);
  const oldest = romeDate(nowMs);
  if (
    fromMs > nowMs ||
    fromMs < romeMidnight({ ...oldest, month: oldest.month - billingLimits.licenceMonthsMax, day: 1 })
  )
    throw new Failure("invalid", "billing.licence_month", "there are no figures of that month");
  const read = await readLicences(tx, { fromMs, untilMs, nowMs });
  const ids = read.accounts.map(({ accountId }) => parseId<MailAccountId>(accountId));
  const addresses = await services.addressesOfMail(tx, ids);
  const accounts = [...read.accounts].sort((a, b) =>
    (addresses.get(a.accountId) ?? a.accountId) < (addresses.get(b.accountId) ?? b.accountId) ? -1 : 1,
  );
  return { ...read, accounts, addresses, endMs: Math.min(untilMs, nowMs), month: romeIsoDate(fromMs).slice(0, 7) };
}

const toView = ({ fromMs, untilMs }: Span) => ({
  from: new Date(fromMs).toISOString(),
  until: untilMs === null ? null : new Date(untilMs).toISOString(),
});
