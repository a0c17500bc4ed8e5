import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { type Scene, signIn } from "./scene.test-support.ts";

/** Takes a host out of what is sold, or puts it back, as an operator who is signed in at this page. */
async function setHost(page: Page, name: string, state: "active" | "draining"): Promise<void> {
  const status = await page.evaluate(
    async (wanted) => {
      const { hosts } = (await (await fetch("/api/inventory")).json()) as { hosts: { id: string; name: string }[] };
      const id = hosts.find((host) => host.name === wanted.name)?.id;
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ state: wanted.state });
      return (await fetch(`/api/inventory/hosts/${id}`, { method: "PATCH", headers, body })).status;
    },
    { name, state },
  );
  expect(status).toBeLessThan(300);
}

const amountOf = (text: string | null): number => Number(/€([\d.,]+)/.exec(text ?? "")?.[1]?.replaceAll(",", ""));

/** A customer sees the price of what he chooses while he chooses it; his site fills up before he orders, and he is told where there is room. */
export async function orderSpace({ browser, endpoints }: Scene): Promise<void> {
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page, `${endpoints.console}/spaces/new`, endpoints.demo.customer);
  await page.getByRole("radio", { name: /Frankfurt/ }).click();
  const hour = page.getByRole("row", { name: /Each started hour/ });
  const month = page.getByRole("row", { name: /Each started month/ });
  const one = { hour: amountOf(await hour.textContent()), month: 0 };
  await month.getByText("with VAT").waitFor();
  one.month = amountOf(await month.textContent());
  expect(one.hour).toBeGreaterThan(0);
  expect(one.month).toBeGreaterThan(one.hour);
  await page.getByRole("textbox", { name: /^How many blocks/ }).fill("3");
  await expect.poll(async () => amountOf(await month.textContent())).toBeCloseTo(3 * one.month, 2);
  expect(amountOf(await hour.textContent())).toBeCloseTo(3 * one.hour, 4);
  await page.getByRole("textbox", { name: /^Name/ }).fill("Archive");
  for (const box of await page.getByRole("checkbox").all()) await box.click();

  const desk = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(desk.page, endpoints.operator, endpoints.demo.operator);
  await setHost(desk.page, "store-fr1-1", "draining");
  try {
    await page.getByRole("button", { name: "Create the space" }).click();
    await page.getByText("There is room here:").waitFor();
    expect(await axeViolations(page), "axe on a refused order").toEqual([]);
    await page.getByRole("button", { name: /^Choose Backup space Milano/ }).click();
    expect(await page.getByRole("radio", { name: /Milano/ }).isChecked()).toBe(true);
  } finally {
    await setHost(desk.page, "store-fr1-1", "active");
  }
  expect(troubles).toEqual([]);
  await desk.context.close();
  await context.close();
}

/** The customer did not choose where mail lies: the page of what it has says so, by the name that the site's own data has. */
export async function showMailSite({ browser, endpoints }: Scene): Promise<void> {
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page, `${endpoints.console}/services`, endpoints.demo.customer);
  const told = await page.evaluate(async () => {
    const read = async (path: string) => (await fetch(path)).json();
    return { ...(await read("/api/services")), ...(await read("/api/sites")) };
  });
  const { services, sites } = told as {
    services: { product: string; label: string; siteId: string }[];
    sites: { id: string; name: string }[];
  };
  const mail = services.find(({ product }) => product === "mail");
  const site = sites.find(({ id }) => id === mail?.siteId);
  expect([mail?.siteId, site?.name]).toEqual(["mi1", "Milano 1"]);
  const row = page
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: mail?.label ?? "", exact: true }) });
  await expect.poll(() => row.getByRole("cell").allTextContents()).toContain("Milano 1");
  expect(troubles).toEqual([]);
  await context.close();
}
