import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { type Scene, shots, signIn } from "./scene.test-support.ts";

/** Asks the server as whoever is signed in at the page. */
async function send(page: Page, path: string, body?: object, method = "POST"): Promise<unknown> {
  return page.evaluate(
    async ([to, said, how]) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(to, said === null ? {} : { method: how, headers, body: said });
      if (!answer.ok) throw new Error(`${to}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    [path, body === undefined ? null : JSON.stringify(body), method] as const,
  );
}

const incident = "Una parte dei backup non è raggiungibile";

/**
 * O6, on the page of a request: another one of the same customer is made part of it, and all about an incident are
 * answered. The incident is open and concerns the demo's customer.
 */
export async function joinRequests(scene: Scene, page: Page, picture: (name: string) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog");
  const [, tenantId] = /tickets\/([^/]+)\//.exec(page.url()) ?? [];
  const words = { kind: "incident", severity: "normal", subject: "Anche oggi", body: "Ancora fermo" };
  await send(page, "/api/desk/tickets", { ...words, tenantId, requesterAddress: "chi@chiama.test" });
  await page.getByRole("button", { name: "Unisci un altro ticket" }).click();
  await dialog.getByLabel("Quale ticket diventa parte di questo").click();
  await page.getByRole("option", { name: /Anche oggi/ }).click();
  await picture("merge");
  expect(await axeViolations(page), "axe on a merge").toEqual([]);
  await dialog.getByRole("button", { name: /^Unisci il #/ }).click();
  await page.getByText(/^Dal ticket #\d+$/).waitFor();
  await linkByKeyboard(page);
  await picture("merged");
  expect(await axeViolations(page), "axe on a request that took up another").toEqual([]);
  const customer = await customerReads(scene, page);
  await page.locator("nav").getByRole("link", { name: "Avvisi", exact: true }).click();
  await page.getByText("Ticket collegati: 2, di cui 2 aperti").waitFor();
  await page
    .getByRole("button", { name: `Aggiorna: ${incident}` })
    .first()
    .click();
  await dialog.getByRole("combobox").first().selectOption("resolved");
  await dialog.getByRole("textbox").nth(0).fill("È tornato.");
  await dialog.getByRole("textbox").nth(1).fill("It is back.");
  await dialog.getByRole("button", { name: "Pubblica" }).click();
  await page.getByRole("button", { name: /^Rispondi a tutti e risolvi: / }).click();
  await picture("answer-all");
  expect(await axeViolations(page), "axe on an answer to all").toEqual([]);
  await dialog.getByRole("button", { name: "Invia a 2" }).click();
  await page.getByText("Le risposte partono ora: 2.").waitFor();
  await page.getByText("Ticket collegati: 2, di cui 0 aperti").waitFor();
  await picture("answered-all");
  await customer.readsAnswer();
}

/** The incident is chosen, taken away and chosen again without a pointer. */
async function linkByKeyboard(page: Page): Promise<void> {
  const about = page.getByRole("combobox", { name: "Incidente o manutenzione" });
  // It turns while the server is asked.
  const away = page.locator("button:not([data-loading])").filter({ hasText: "Togli il collegamento" });
  const choose = async () => {
    await about.fill(incident.slice(0, 20));
    await page.getByRole("option", { name: incident }).first().waitFor();
    await about.press("ArrowDown");
    await about.press("Enter");
    await away.waitFor();
  };
  await choose();
  await away.press("Enter");
  await away.waitFor({ state: "detached" });
  await choose();
}

/**
 * What a customer sees of two requests of its own that became one and are about the incident: the page of the one that went
 * leads to the one that stays, and that one to the incident.
 */
async function customerReads(scene: Scene, desk: Page): Promise<{ readsAnswer: () => Promise<void> }> {
  const { page, context } = await openPage(scene.browser, { language: "it", scheme: "dark" });
  const picture = async (name: string) => {
    if (shots) await page.screenshot({ path: join(shots, `customer-${name}.png`), fullPage: true });
  };
  await signIn(page, scene.endpoints.console, scene.endpoints.demo.customer);
  const ask = async (subject: string) =>
    (await send(page, "/api/tickets", {
      kind: "incident",
      severity: "high",
      subject,
      body: "Nessun backup",
      files: [],
    })) as {
      readonly id: string;
      readonly number: number;
    };
  const [stays, goes] = [await ask("Backup fermi in ufficio"), await ask("I backup sono ancora fermi")];
  type Listed = { readonly tickets: readonly { readonly id: string; readonly tenantId: string }[] };
  const { tickets } = (await send(desk, "/api/desk/tickets?count=100")) as Listed;
  const of = `/api/desk/tickets/${tickets.find(({ id }) => id === stays.id)?.tenantId}/${stays.id}`;
  await send(desk, `${of}/merge`, { id: goes.id });
  type Notices = { readonly notices: readonly { readonly id: string; readonly titleIt: string }[] };
  const { notices } = (await send(desk, "/api/desk/notices")) as Notices;
  const noticeId = notices.find(({ titleIt }) => titleIt === incident)?.id;
  await send(desk, `${of}/notice`, { noticeId }, "PUT");

  await page.goto(`${scene.endpoints.console}/tickets/${goes.id}`);
  await page.getByText(`Questo ticket è stato unito al #${stays.number}`, { exact: false }).waitFor();
  await picture("merged-away");
  expect(await axeViolations(page), "axe on a request that became part of another").toEqual([]);
  await page.getByRole("button", { name: `Apri il ticket #${stays.number}` }).click();
  await page.getByRole("heading", { name: `#${stays.number} · Backup fermi in ufficio` }).waitFor();
  await page.getByText(`Dal ticket #${goes.number}`).waitFor();
  await page.getByText("Riguarda quanto sta succedendo:", { exact: false }).waitFor();
  await picture("about-incident");
  expect(await axeViolations(page), "axe on a request about an incident").toEqual([]);
  await page.locator("main#main").getByRole("link", { name: incident }).click();
  await page.waitForURL(`**/status#${noticeId}`);
  await page.getByText(incident).first().waitFor();
  await picture("incident");
  return {
    async readsAnswer() {
      await page.goto(`${scene.endpoints.console}/tickets/${stays.id}`);
      await page.getByText("Riguarda quanto è successo, ora concluso:", { exact: false }).waitFor();
      await page.getByText("ciò che avete segnalato è concluso", { exact: false }).waitFor();
      await picture("answered");
      await context.close();
    },
  };
}
