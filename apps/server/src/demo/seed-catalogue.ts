import { type Actor, type Id, newId, providerTenantId, type SiteId } from "@casaforte/kernel";
import { publishDocument, publishSku, setPrice, setTaxRate } from "@casaforte/modules/catalogue";
import { addAddresses, addHost } from "@casaforte/modules/placement";
import { updateTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Core } from "../core.ts";

const gigabyte = 1_000_000_000n;
const seeder: Actor = { kind: "system", name: "demo" };

/** Net, per 100 GB: Milan a little dearer than Frankfurt; a month is 27 days of hours. */
const plans = [
  { sku: "backup-mi1", siteId: "mi1", city: "Milano", hour: 4_200n, month: 2_700_000n },
  { sku: "backup-fr1", siteId: "fr1", city: "Frankfurt", hour: 3_900n, month: 2_500_000n },
] as const;

/** A small catalogue, the documents that go with it, an inventory and the provider's own company: what a newcomer sees sold. */
export async function seedCatalogue(
  tx: OperatorTx,
  { clock, random, config }: Pick<Core, "clock" | "random" | "config">,
): Promise<void> {
  const nowMs = clock.nowMs();
  const validFrom = new Date(nowMs);
  await updateTenant(tx, seeder, {
    tenantId: providerTenantId,
    name: "Casaforte Demo S.r.l.",
    country: "IT",
    vatNumber: "12345678903",
    address: "Via Esempio 1",
    postalCode: "20121",
    city: "Milano",
    province: "MI",
    nowMs,
  });
  await setTaxRate(tx, seeder, {
    country: "IT",
    basisPoints: 2200n,
    validFromMs: Date.parse("2013-10-01T00:00:00+02:00"),
    approvalId: null,
  });
  for (const { sku, siteId, city, hour, month } of plans) {
    if (!config.sites.some(({ id }) => id === siteId)) continue;
    await publishSku(tx, seeder, {
      sku,
      product: "backup",
      name: { it: `Spazio backup ${city}, 100 GB`, en: `Backup space ${city}, 100 GB` },
      description: {
        it: "Per i backup di computer e server, in blocchi da 100 GB.",
        en: "For backups of computers and servers, in blocks of 100 GB.",
      },
      siteId,
      capacityBytes: 100n * gigabyte,
      bandwidthBytesPerSecond: null,
      replicaPlan: "none",
      hostUse: "shared",
      ipAddresses: 0,
      quantityMax: 100n,
      units: ["hour", "month"],
      validFrom,
      nowMs,
    });
    for (const [unit, priceMicros] of [
      ["hour", hour],
      ["month", month],
    ] as const)
      await setPrice(tx, seeder, { sku, unit, priceMicros, validFromMs: nowMs, approvalId: null, nowMs });
    await addHost(
      tx,
      seeder,
      {
        id: newId<Id<"Host">>(clock, random),
        siteId: siteId as SiteId,
        name: `store-${siteId}-1`,
        rack: "A1",
        serial: null,
        capacityBytes: 20_000n * gigabyte,
      },
      nowMs,
    );
    const third = siteId === "mi1" ? 113 : 114;
    const addresses = Array.from({ length: 8 }, (_, n) => `203.0.${third}.${n + 10}`);
    await addAddresses(tx, seeder, { siteId: siteId as SiteId, addresses, nowMs });
  }
  await publishSku(tx, seeder, {
    sku: "mail",
    product: "mail",
    name: { it: "Casella di posta", en: "Mailbox" },
    description: {
      it: "Webmail, IMAP, POP3 e SMTP. Si paga ogni casella attiva nel mese.",
      en: "Webmail, IMAP, POP3 and SMTP. Each mailbox active in a month is billed.",
    },
    siteId: null,
    capacityBytes: null,
    bandwidthBytesPerSecond: null,
    replicaPlan: "none",
    hostUse: "shared",
    ipAddresses: 0,
    quantityMax: 1n,
    units: ["month"],
    validFrom,
    nowMs,
  });
  await setPrice(tx, seeder, {
    sku: "mail",
    unit: "month",
    priceMicros: 1_990_000n,
    validFromMs: nowMs,
    approvalId: null,
    nowMs,
  });
  for (const document of documents)
    await publishDocument(tx, seeder, { ...document, siteId: null, validFromMs: nowMs, nowMs });
}

const documents = [
  {
    id: "terms",
    kind: "terms",
    product: null,
    title: { it: "Condizioni generali (dimostrazione)", en: "General terms (demonstration)" },
    body: {
      it: "Testo di esempio: il fornitore lo sostituisce con le proprie condizioni generali.\n\nOgni ora o mese iniziato si paga per intero. Non c’è durata minima.",
      en: "Sample text: the provider replaces it with its own general terms.\n\nEach hour or month started is charged in full. There is no minimum duration.",
    },
  },
  {
    id: "data-processing",
    kind: "terms",
    product: null,
    title: { it: "Accordo sul trattamento dei dati (dimostrazione)", en: "Data processing agreement (demonstration)" },
    body: {
      it: "Testo di esempio: il fornitore lo sostituisce con il proprio accordo (GDPR, art. 28).\n\nIl fornitore tratta i dati solo su istruzione documentata del cliente. Ogni nuovo responsabile è annunciato trenta giorni prima; il cliente può opporsi.",
      en: "Sample text: the provider replaces it with its own agreement (GDPR, art. 28).\n\nThe provider processes data only on the customer’s documented instructions. Each new sub-processor is announced thirty days before; the customer may object.",
    },
  },
  {
    id: "charter-backup",
    kind: "charter",
    product: "backup",
    title: {
      it: "Carta del servizio Cloud Backup (dimostrazione)",
      en: "Cloud Backup service charter (demonstration)",
    },
    body: {
      it: "I backup sono cifrati sul dispositivo: chi perde la password perde i dati. Il fornitore non fa copie dei contenuti; una replica non è una garanzia.",
      en: "Backups are sealed on the device: whoever loses the password loses the data. The provider makes no copies of the content; a replica is no guarantee.",
    },
  },
  {
    id: "charter-mail",
    kind: "charter",
    product: "mail",
    title: { it: "Carta del servizio Posta (dimostrazione)", en: "Mail service charter (demonstration)" },
    body: {
      it: "La sede della posta è scelta dal fornitore ed è indicata nella console. I dati restano finché il cliente non li elimina.",
      en: "The provider chooses the site of mail and shows it in the console. Data stay until the customer deletes them.",
    },
  },
] as const;
