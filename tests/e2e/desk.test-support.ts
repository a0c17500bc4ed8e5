import { randomUUID } from "node:crypto";
import type { PricePreviewReply } from "@casaforte/contract/billing";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { goWithin, settled } from "../support/browser.ts";

export type Look = (page: Page, name: string) => Promise<void>;

/** The page as it is and, narrow as a telephone, without anything beyond its edge. */
async function lookWideAndNarrow(page: Page, name: string, look: Look): Promise<void> {
  await look(page, name);
  const wide = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  await look(page, `${name}-narrow`);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond, `${name} at 360 px`).toBe(0);
  if (wide) await page.setViewportSize(wide);
}

/** O2: what a customer has and pays, and notes about it: written, changed, deleted and taken back, deleted for good. */
export async function lookAtCustomer(page: Page, language: "it" | "en", look: Look, name: string): Promise<void> {
  const it = language === "it";
  // Other looks at this page leave notes of their own.
  const mine = randomUUID().slice(0, 8);
  const openIt = async () => {
    await goWithin(page, "/tenants");
    await page.getByRole("link", { name: "Rossi S.r.l." }).click();
    await page.getByRole("heading", { name: it ? "Note" : "Notes", exact: true }).waitFor();
    await settled(page);
  };
  await openIt();
  for (const heading of it ? ["Servizi", "Questo mese finora"] : ["Services", "This month so far"])
    await page.getByRole("heading", { name: heading }).waitFor();
  await page.getByText(/^(Licenze ora: |Licences now: )/).waitFor();
  await page
    .getByText(it ? /, versione 1$/ : /, version 1$/)
    .first()
    .waitFor();
  await page.getByText(it ? "Previsione a fine mese" : "Forecast for the whole month").waitFor();

  const box = page.getByLabel(it ? "Nuova nota" : "New note");
  const note = (text: string) => page.getByRole("article").filter({ hasText: text });
  const add = async (text: string) => {
    await box.fill(text);
    await page.getByRole("button", { name: it ? "Aggiungi la nota" : "Add the note" }).click();
    await note(text).waitFor();
    expect(await box.inputValue()).toBe("");
  };
  const press = (text: string, what: RegExp) => note(text).getByRole("button", { name: what }).click();
  await add(`${mine}: ring before ten`);
  await press(`${mine}: ring before ten`, /^(Modifica|Change)/);
  await page.getByLabel(it ? "Testo della nota" : "Text of the note").fill(`${mine}: ring before noon`);
  await page.getByRole("button", { name: it ? "Salva" : "Save" }).click();
  await note(`${mine}: ring before noon`)
    .getByText(/(modificata il|changed) /)
    .waitFor();

  await add(`${mine}: for a moment`);
  await lookWideAndNarrow(page, name, look);
  await press(`${mine}: for a moment`, /^(Elimina|Delete)/);
  await note(`${mine}: for a moment`).waitFor({ state: "detached" });
  // Another note reads the list anew: the deleted one can still be taken back.
  await add(`${mine}: meanwhile`);
  await page.getByRole("button", { name: it ? "Annulla" : "Undo" }).click();
  await note(`${mine}: for a moment`).waitFor();
  await press(`${mine}: for a moment`, /^(Elimina|Delete)/);
  await page.getByRole("button", { name: it ? "Annulla" : "Undo" }).waitFor();
  // What the page says is done: it holds whatever becomes of the page.
  await page.reload();
  await note(`${mine}: ring before noon`).waitFor();
  expect(await note(`${mine}: for a moment`).count()).toBe(0);
}

const tenantId = "01890000-0000-7000-8000-000000000021";
const line = {
  descriptionIt: "Spazio 100 GB «Ufficio», ore iniziate",
  descriptionEn: "Space 100 GB «Office», started hours",
  serviceId: "01890000-0000-7000-8000-000000000022",
  unit: "hour",
  from: "2026-10-01T00:00:00Z",
  until: "2026-11-01T00:00:00Z",
  quantity: 744,
  priceMicros: 2_740,
  netCents: 204,
  basisPoints: 2_200,
  nature: null,
  isCorrection: false,
} as const;
/** A running demo has issued nothing yet. */
const preview: PricePreviewReply = {
  basis: "issued",
  customers: 2,
  held: 1,
  beforeCents: 408,
  afterCents: 446,
  largest: [
    { tenantId, name: "Rossi & Figli S.r.l.", beforeCents: 204, afterCents: 223 },
    { tenantId: "01890000-0000-7000-8000-000000000023", name: "Verdi S.p.A.", beforeCents: 204, afterCents: 223 },
  ],
  inForceMicros: 2_740,
  invoice: {
    tenantId,
    name: "Rossi & Figli S.r.l.",
    number: "CF-2026-17",
    lines: [
      { ...line, line: 1, newPriceMicros: 3_000, newNetCents: 223 },
      {
        ...{ ...line, line: 2, unit: "month", quantity: 1, priceMicros: 1_990_000, netCents: 199 },
        ...{ descriptionIt: "Posta «Posta», mesi iniziati", descriptionEn: "Mail «Mail», started months" },
        ...{ newPriceMicros: 1_990_000, newNetCents: 199 },
      },
    ],
    before: { netCents: 403, vatCents: 89, totalCents: 492 },
    after: { netCents: 422, vatCents: 93, totalCents: 515 },
  },
};

/** O5: what a price would change is seen by who asks for it and, beside what is signed, by who decides. */
export async function lookAtPricePreview(page: Page, language: "it" | "en", look: Look, name: string): Promise<void> {
  const it = language === "it";
  await goWithin(page, "/catalogue");
  const ask = page
    .getByRole("button", { name: it ? /^Chiedi un prezzo: backup-/ : /^Ask for a price: backup-/ })
    .first();
  await ask.click();
  const form = page.getByRole("dialog");
  const euros = form.getByLabel(it ? "Prezzo in euro, senza IVA" : "Price in euros, without VAT");
  // First as the server says it of this installation.
  const real = page.waitForResponse((reply) => reply.url().includes("/api/billing/price-preview"));
  await euros.fill(it ? "0,002" : "0.002");
  expect((await real).status()).toBe(200);
  await form.getByText(it ? /^Senza questa modifica, in quel giorno/ : /^Without this change the price/).waitFor();
  await page.route("**/api/billing/price-preview?*", (route) => route.fulfill({ json: preview }));
  // Digit by digit: a point counts where figures have a comma.
  await euros.fill("");
  await euros.pressSequentially("0.003");
  expect(await euros.inputValue()).toBe(it ? "0,003" : "0.003");
  const said = it ? "In tutto, senza IVA: da 4,08" : "In all, without VAT: from €4.08";
  await form.getByText(said, { exact: false }).waitFor();
  await form.getByText(it ? /^Un altro cliente con questo piano/ : /^1 more customer with this plan/).waitFor();
  await lookWideAndNarrow(page, `${name}-asked`, look);
  await form.getByRole("button", { name: it ? "Chiedi" : "Ask", exact: true }).click();
  await form.waitFor({ state: "detached" });
  await goWithin(page, "/approvals");
  await page.getByText(said, { exact: false }).waitFor();
  await lookWideAndNarrow(page, `${name}-signed`, look);
  await page.getByRole("button", { name: it ? /^Ritira/ : /^Withdraw/ }).click();
  await page.getByText(said, { exact: false }).waitFor({ state: "detached" });
}
