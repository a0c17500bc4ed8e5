import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";

/** A second host for the site of the demo. Its name. */
async function addHost(page: Page): Promise<string> {
  const name = "store-mi1-2";
  const status = await page.evaluate(
    async (host) => {
      const body = JSON.stringify({ ...host, siteId: "mi1", rack: null, serial: null, capacityBytes: 20_000e9 });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/inventory/hosts", { method: "POST", headers, body })).status;
    },
    { name },
  );
  expect(status).toBe(201);
  return name;
}

/**
 * O4, from the inventory with a drained host in it: its spaces find no room, then a new host takes one by hand and the rest
 * at once. Ends on the inventory, with every space on the new host.
 */
export async function emptyHost(page: Page, picture: (name: string) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog");
  await page.getByText(/^\d+ spazi?o? ancora qui$/).waitFor();
  await page.getByRole("link", { name: "store-mi1-1" }).click();
  await page.getByText("Nessun altro server ha posto").first().waitFor();
  const spaces = await page.getByRole("row").filter({ hasText: "Nessun altro server ha posto" }).count();
  await page.getByRole("button", { name: "Sposta tutti" }).click();
  await dialog.getByLabel("Motivo").fill("Fuori garanzia");
  await picture("move-all");
  expect(await axeViolations(page), "axe on moving all spaces").toEqual([]);
  await dialog.getByRole("button", { name: "Sposta tutti" }).click();
  await page.getByText("spostati 0 spazi, poi il posto è finito", { exact: false }).waitFor();
  await picture("moves-no-room");
  const name = await addHost(page);
  await page.reload();
  await page
    .getByRole("button", { name: /^Sposta: / })
    .first()
    .click();
  await dialog.getByLabel("Nuovo server").click();
  await page.getByRole("option", { name: new RegExp(`^${name}: .+ liberi dopo$`) }).click();
  await dialog.getByLabel("Motivo").fill("Prova del nuovo server");
  await picture("move-one");
  expect(await axeViolations(page), "axe on moving a space").toEqual([]);
  await dialog.getByRole("button", { name: "Sposta" }).click();
  await page.getByText("Spazio spostato.").waitFor();
  if (spaces > 1) {
    await page.getByRole("button", { name: "Sposta tutti" }).click();
    await dialog.getByLabel("Motivo").fill("Fuori garanzia");
    await dialog.getByRole("button", { name: "Sposta tutti" }).click();
  }
  await page.getByText("Il server è vuoto: puoi ritirarlo.").waitFor();
  await page.getByRole("button", { name: "Ritira il server" }).waitFor();
  await picture("moved-all");
  expect(await axeViolations(page), "axe on an empty host").toEqual([]);
  await page.locator("nav").getByRole("link", { name: "Sedi e server" }).click();
  await page.getByText("vuoto: si può ritirare").waitFor();
}
