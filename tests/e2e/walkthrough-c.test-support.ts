import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { beginWalk } from "../support/walk.ts";
import { joinRequests } from "./join-requests.test-support.ts";
import { emptyHost } from "./moves.test-support.ts";
import { mailed, type newcomer, type Scene, shots, signIn } from "./scene.test-support.ts";

/** A second operator with the roles given: invited by the first, who is signed in at this page, and accepted by the mailed link. */
async function secondOperator(scene: Scene, page: Page, operatorRoles: readonly string[]): Promise<typeof newcomer> {
  const who = { email: "secondo@sereni.example", password: "nove lanterne di ceralacca" };
  const invited = await page.evaluate(
    async (body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/people", { method: "POST", headers, body })).status;
    },
    JSON.stringify({ login: who.email, displayName: "Secondo Sereni", language: "it", operatorRoles }),
  );
  expect(invited).toBe(201);
  const token = await mailed(scene, who.email, /accept-invitation#(\S+)/);
  const accepted = await fetch(`${scene.endpoints.operator}/api/auth/invitation/accept`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
    body: JSON.stringify({ token, password: who.password, displayName: "Secondo Sereni", language: "it" }),
  });
  expect(accepted.status, await accepted.clone().text()).toBeLessThan(300);
  return who;
}

/** Walkthrough C: an operator's whole morning. */
export async function walkthroughC(scene: Scene): Promise<void> {
  const { browser, endpoints } = scene;
  const { page, context } = await openPage(browser, { language: "it", scheme: "light" });
  const end = await beginWalk(context, "walkthrough C", "6:00");
  const picture = async (name: string) => {
    if (shots) await page.screenshot({ path: join(shots, `morning-${name}.png`), fullPage: true });
  };
  await signIn(page, endpoints.operator, endpoints.demo.operator);
  await page.getByText("Nessun backup in ritardo di oltre due giorni.").waitFor();
  // The board of a worse morning: what is late by one cause, and a site that fills up. Acts go to the server itself.
  let isNoted = false;
  await page.route("**/api/board", async (route) => {
    const real = await (await route.fetch()).json();
    const late = [{ cause: "silent", agentVersion: "0.0.9", devices: 14, customers: 14 }];
    const note = isNoted ? { text: "Ordinati 40 TB", at: real.readAt } : null;
    const certificates = [
      {
        ...{ name: "mta-sts.rossi.example", tenantId: null, endsAt: real.readAt, trouble: "refused" },
        words: "connection: Fetching http://mta-sts.rossi.example: connection refused",
      },
    ];
    const ownAddresses = {
      ...{ state: "watched", addresses: ["192.0.2.25"], askedAt: real.readAt },
      listed: [
        {
          ...{ address: "192.0.2.25", list: "zen.liste.example", since: real.readAt },
          ...{ words: "Spam visto oggi, vedi https://liste.example/perche", page: "https://liste.example/perche" },
        },
      ],
      silent: [{ list: "bl.muta.example", answeredAt: null }],
    };
    const fullSoon = [{ id: "mi1", site: "Milano", days: 21, note }];
    const authorities = { soon: 1, late: 2 };
    const escrow = [
      { keyId: 1, checkedAt: "2025-01-02T03:04:05.000Z" },
      { keyId: 2, checkedAt: null },
    ];
    await route.fulfill({ json: { ...real, late, certificates, ownAddresses, fullSoon, authorities, escrow } });
  });
  // This one has neither lists nor an address of its own, and says so.
  await page.getByText("Le liste di blocco non sono interrogate sui nostri indirizzi", { exact: false }).waitFor();
  await page.reload();
  // The line over the page says what its board says.
  await page.getByText("14 computer con i backup in ritardo", { exact: false }).waitFor();
  expect(await page.getByText("Tutto a posto", { exact: false }).count()).toBe(0);
  await page.getByText("Le copie custodite di 2 chiavi principali", { exact: false }).waitFor();
  await page.getByText("la sua copia custodita è stata verificata l’ultima volta il 2 gen", { exact: false }).waitFor();
  await page.getByText("nessuno ha mai verificato se la sua copia custodita è giusta", { exact: false }).waitFor();
  await page.getByText("2 richieste oltre il termine · 1 richiesta con un quarto", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Scrivi ai clienti" }).click();
  const dialog = page.getByRole("dialog");
  await picture("late");
  expect(await axeViolations(page), "axe on the letter to customers").toEqual([]);
  await dialog.getByRole("button", { name: "Apri i ticket" }).click();
  await dialog.getByText("Non c’era più nessuno a cui scrivere.").waitFor();
  await dialog.getByRole("button", { name: "Chiudi" }).last().click();
  await page.getByText("piena tra 21 giorni", { exact: false }).waitFor();
  await page.getByText("connection refused · nostro", { exact: false }).waitFor();
  await page.getByText("nella lista di blocco zen.liste.example dal", { exact: false }).waitFor();
  await page.getByRole("link", { name: "la pagina della lista (liste.example)" }).waitFor();
  await page.getByText("Un nostro indirizzo è in una lista di blocco.").waitFor();
  await page.getByRole("button", { name: "Annota l’ordine" }).click();
  await dialog.getByLabel("Che cosa è stato ordinato").fill("Ordinati 40 TB");
  isNoted = true;
  await dialog.getByRole("button", { name: "Salva la nota" }).click();
  await page.getByText("Ordinati 40 TB (", { exact: false }).waitFor();
  await picture("board");
  await page.locator("nav").getByRole("link", { name: "Sedi e server" }).click();
  await page.getByRole("button", { name: "Svuota: store-mi1-1" }).click();
  await page.getByRole("button", { name: "Riattiva: store-mi1-1" }).waitFor();
  await picture("drained");
  await emptyHost(page, picture);

  await page.locator("nav").getByRole("link", { name: "Avvisi", exact: true }).click();
  await page.getByRole("button", { name: "Nuovo avviso" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Modello").selectOption("host_down");
  await form.getByLabel("Sede").selectOption({ index: 1 });
  await form.getByRole("button", { name: /^Chi riguarda/ }).click();
  await form.getByText(/^Riguarda [1-9]\d* client/).waitFor();
  // The mail as it goes out, in both languages, without the host's name (R7).
  const mail = form.getByRole("region", { name: "La mail che parte" });
  await mail.getByText(/^Disservizio \(in esame\)/).waitFor();
  await picture("incident");
  expect(await axeViolations(page), "axe on a notice before it is published").toEqual([]);
  await mail.getByRole("tab", { name: "English" }).click();
  await mail.getByText(/^Incident \(investigating\)/).waitFor();
  expect(await mail.textContent()).not.toContain("store-mi1-1");
  await form.getByRole("button", { name: "Pubblica" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText("Una parte dei backup non è raggiungibile").first().waitFor();

  const opened = await page.evaluate(async () => {
    const { tenants } = (await (await fetch("/api/tenants?count=1")).json()) as { tenants: { tenantId: string }[] };
    const words = { kind: "incident", severity: "high", subject: "Backup fermo", body: "Da ieri sera" };
    const body = JSON.stringify({ ...words, tenantId: tenants[0]?.tenantId, requesterAddress: "chi@chiama.test" });
    const headers = { "content-type": "application/json" };
    return (await fetch("/api/desk/tickets", { method: "POST", headers, body })).status;
  });
  expect(opened).toBe(201);
  await page.locator("nav").getByRole("link", { name: "Assistenza" }).click();
  await page.getByRole("button", { name: "Backup fermo" }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByLabel("La tua risposta").waitFor();
  await page.locator("main#main").getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("m");
  const ready = page.getByLabel("Risposta pronta");
  expect(await ready.evaluate((field) => field === document.activeElement)).toBe(true);
  await ready.selectOption("looking");
  await page.getByLabel("La tua risposta").press("Control+Enter");
  await expect.poll(() => page.getByLabel("La tua risposta").inputValue()).toBe("");
  const said = /abbiamo ricevuto la richiesta|we have your request/;
  await page.getByText(said).first().waitFor();
  await picture("ticket");
  await joinRequests(scene, page, picture);
  const noted = await page.evaluate(async () => {
    const { tenants } = (await (await fetch("/api/tenants?count=1")).json()) as { tenants: { tenantId: string }[] };
    const what = { nature: "malicious_content", severity: "grave", product: "mail", facts: "Phishing", clause: "9" };
    const body = JSON.stringify({ ...what, tenantId: tenants[0]?.tenantId, occurredAt: new Date().toISOString() });
    const headers = { "content-type": "application/json" };
    return (await fetch("/api/enforcement/violations", { method: "POST", headers, body })).status;
  });
  expect(noted).toBe(201);
  await page.locator("nav").getByRole("link", { name: "Misure" }).click();
  await page.getByRole("button", { name: /^Decidi su / }).click();
  await dialog.getByText("Sospensione").waitFor();
  await dialog.getByText("Serve una seconda persona", { exact: false }).waitFor();
  await picture("verdict");
  await dialog.getByRole("button", { name: "Chiedi la seconda persona" }).click();
  await page.getByText("attende una seconda persona").waitFor();
  // Whoever asked cannot approve; a second operator can, and the measure is in force at once.
  await page.locator("nav").getByRole("link", { name: "Approvazioni" }).click();
  await page.getByText("La tua: decide un altro").waitFor();
  const colleague = await openPage(browser, { language: "it", scheme: "light" });
  await signIn(colleague.page, endpoints.operator, await secondOperator(scene, page, ["legal"]));
  await colleague.page.getByText("1 da firmare").waitFor();
  await colleague.page.locator("nav").getByRole("link", { name: "Approvazioni" }).click();
  await colleague.page.getByText("Gravità: grave").waitFor();
  if (shots) await colleague.page.screenshot({ path: join(shots, "morning-second.png"), fullPage: true });
  expect(await axeViolations(colleague.page), "axe on what a second operator reads").toEqual([]);
  // What is taken and why is part of what is signed.
  await colleague.page.getByRole("button", { name: /^Approva: .+: Sospensione, Mail, contenuti dannosi$/ }).click();
  await colleague.page.getByText("Approvata", { exact: true }).waitFor();
  await colleague.context.close();
  await page.locator("nav").getByRole("link", { name: "Misure" }).click();
  // What the page has read a moment ago it shows until it asks anew.
  await page.reload();
  await page.getByRole("row").filter({ hasText: "Sospensione" }).getByText("in vigore").waitFor();
  await picture("suspended");
  await page.getByRole("button", { name: /^Revoca/ }).waitFor();
  await page.locator("nav").getByRole("link", { name: "Stato", exact: true }).click();
  await page.getByRole("button", { name: "Tutto visto" }).click();
  await page.getByText(/^Tutto visto: /).waitFor();
  end();
  await picture("seen");
  await page.locator("nav").getByRole("link", { name: "Sedi e server" }).click();
  await page.getByRole("button", { name: "Riattiva: store-mi1-1" }).click();
  await page.getByRole("button", { name: "Svuota: store-mi1-1" }).waitFor();
  await context.close();
}
