import { expect } from "vitest";
import { openPage } from "../support/browser.ts";
import { look, type Scene, signIn } from "./scene.test-support.ts";

/** From anywhere to a page, a thing that the server finds and an act, with the keyboard alone; Esc leaves all as it was. */
export async function paletteOfConsole({ browser, endpoints }: Scene): Promise<void> {
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "dark" });
  await signIn(page, endpoints.console, endpoints.demo.customer);
  const field = page.getByRole("combobox", { name: "Page, action or name" });
  const chosenText = async () => {
    const id = await field.getAttribute("aria-activedescendant");
    return page.locator(`[id="${id}"]`).textContent();
  };
  const invoices = page.getByRole("link", { name: "Invoices" });
  await invoices.focus();
  await page.keyboard.press("Control+k");
  await field.waitFor();
  expect(await field.evaluate((one) => one === document.activeElement)).toBe(true);
  await look(page, "console-palette-en-dark", troubles);
  const first = await chosenText();
  await page.keyboard.press("ArrowUp");
  const last = await chosenText();
  await page.keyboard.press("ArrowDown");
  expect([first, last, await chosenText()]).toEqual(["Home", "Open a support request", "Home"]);
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  await expect.poll(() => invoices.evaluate((one) => one === document.activeElement)).toBe(true);

  // Among what the server finds.
  await page.keyboard.press("Control+k");
  await field.fill(endpoints.demo.domain);
  await page.getByRole("group", { name: "Mailboxes" }).getByRole("option").first().waitFor();
  const domain = page.getByRole("group", { name: "Mail domains" }).getByRole("option");
  await domain.waitFor();
  await look(page, "console-palette-found-en-dark", troubles);
  while ((await domain.getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/domains\/./);
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");

  // An act opens its form, twice if need be; a dialog is not left by the key.
  for (const _turn of [1, 2]) {
    await page.keyboard.press("Control+k");
    await field.fill("support open");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("Subject").waitFor();
    await page.keyboard.press("Control+k");
    expect(await field.count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  expect(troubles).toEqual([]);
  await context.close();
}

/** The same at the operators' console, opened by its button on a phone. */
export async function paletteOfOperator({ browser, endpoints }: Scene): Promise<void> {
  const phone = { width: 360, height: 740 };
  const { page, context, troubles } = await openPage(browser, { language: "it", scheme: "light" }, phone);
  await signIn(page, endpoints.operator, endpoints.demo.operator);
  await page.getByRole("button", { name: /^Cerca o vai a/ }).click();
  const field = page.getByRole("combobox", { name: "Pagina, azione o nome" });
  await field.fill("nuovo avviso");
  await page.getByRole("option", { name: "Scrivi un nuovo avviso" }).waitFor();
  await field.fill("zzz");
  await page.getByText("Nessun risultato.").waitFor();
  await look(page, "operator-palette-none-it-light", troubles);
  await field.fill("a");
  await look(page, "operator-palette-it-light", troubles);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
  await field.fill("nuovo avviso");
  await page.getByRole("option", { name: "Scrivi un nuovo avviso" }).click();
  await page.getByLabel("Titolo in italiano").waitFor();
  await context.close();
}
