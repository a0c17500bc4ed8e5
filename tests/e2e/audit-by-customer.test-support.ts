import { join } from "node:path";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { type Scene, shots, signIn } from "./scene.test-support.ts";

/** An audit asked for by a customer over a connection that is cut, and quoted by an operator. */
export async function auditByCustomer({ browser, endpoints }: Scene): Promise<void> {
  const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page, endpoints.console, endpoints.demo.customer);
  await page.getByRole("link", { name: "Audits" }).click();
  await page.getByRole("button", { name: "Ask for an audit" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Scope").fill("How our backups are kept apart from others'.");
  await form.getByLabel("Audit firm").fill("Revisori Associati");
  await form.getByLabel("Non-disclosure agreement").fill("NDA 7/2026");
  await form.getByRole("textbox", { name: "Name" }).fill("Rita Revisora");
  await form.getByRole("textbox", { name: "E-mail address" }).fill("rita@revisori.example");
  if (shots) await page.screenshot({ path: join(shots, "console-audit-form.png") });
  expect(await axeViolations(page)).toEqual([]);
  // The answer is lost on its way: the same again is the same notice, not a second one, which would be refused.
  let isCut = true;
  await page.route("**/api/inspections", async (route) => {
    if (route.request().method() !== "POST" || !isCut) return route.continue();
    isCut = false;
    expect((await route.fetch()).status()).toBe(201);
    await route.abort("connectionreset");
  });
  await form.getByRole("button", { name: "Send the notice" }).click();
  await form.getByRole("alert").waitFor();
  await form.getByRole("button", { name: "Send the notice" }).click();
  await page.getByText("Waiting for the quote").waitFor();
  expect(await page.getByText("Waiting for the quote").count()).toBe(1);
  const desk = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(desk.page, endpoints.operator, endpoints.demo.operator);
  await desk.page.getByRole("link", { name: "Audit requests" }).click();
  await desk.page.getByRole("button", { name: /^Send the quote · / }).click();
  await desk.page.getByLabel("Cost without VAT").fill("480");
  await desk.page.getByLabel("What it comprises").fill("One day of an engineer.");
  await desk.page.getByRole("dialog").getByRole("button", { name: "Send the quote" }).click();
  await desk.page.getByText("Quote sent").waitFor();
  await desk.context.close();
  await page.reload();
  await page.getByText("Quote: €480.00 + VAT").waitFor();
  await page.getByRole("link", { name: "Evidence", exact: true }).click();
  await page.getByRole("tab", { name: "Audit log" }).click();
  await page.getByText("Chain unbroken").waitFor();
  await context.close();
}
