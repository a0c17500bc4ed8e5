import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";

/** O6, on the page of a request: another one of the same customer is made part of it. */
export async function joinRequests(page: Page, picture: (name: string) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog");
  const opened = await page.evaluate(async () => {
    const [, tenantId] = /tickets\/([^/]+)\//.exec(location.pathname) ?? [];
    const words = { kind: "incident", severity: "normal", subject: "Anche oggi", body: "Ancora fermo" };
    const body = JSON.stringify({ ...words, tenantId, requesterAddress: "chi@chiama.test" });
    return (await fetch("/api/desk/tickets", { method: "POST", headers: { "content-type": "application/json" }, body }))
      .status;
  });
  expect(opened).toBe(201);
  await page.getByRole("button", { name: "Unisci un altro ticket" }).click();
  await dialog.getByLabel("Quale ticket diventa parte di questo").click();
  await page.getByRole("option", { name: /Anche oggi/ }).click();
  await picture("merge");
  expect(await axeViolations(page), "axe on a merge").toEqual([]);
  await dialog.getByRole("button", { name: /^Unisci il #/ }).click();
  await page.getByText(/^Dal ticket #\d+$/).waitFor();
  await picture("merged");
  expect(await axeViolations(page), "axe on a request that took up another").toEqual([]);
}
