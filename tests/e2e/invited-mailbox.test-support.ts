import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";
import { type Scene, shots } from "./scene.test-support.ts";

/**
 * On the mailboxes' page, in English: one whose person chooses the password gets a link at once and another from its row, each
 * shown once and leading to webmail. Leaves that page.
 */
export async function invitedMailbox(page: Page, { endpoints }: Scene): Promise<void> {
  const address = `elio@${endpoints.demo.domain}`;
  const dialog = page.getByRole("dialog");
  const link = async (name: string): Promise<string> => {
    await dialog.getByText("you will not see it here again").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
    const shown = await dialog.locator(".cf-code").innerText();
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    return shown;
  };
  await page.getByRole("button", { name: "New mailbox" }).first().click();
  await dialog.getByLabel("Address").fill(address);
  await dialog.getByRole("textbox", { name: /^Name/ }).fill("Elio Fabbri");
  if (shots) await page.screenshot({ path: join(shots, "mailbox-new.png") });
  await page.getByRole("button", { name: "Create the mailbox" }).click();
  const first = await link("mailbox-invited");
  expect(first).toMatch(new RegExp(`^${endpoints.webmail}/accept-invitation#\\S{40,}$`));
  await page.getByRole("row", { name: address }).getByText("No password yet").waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.getByRole("button", { name: `Actions for ${address}` }).click();
  await page.getByRole("menuitem", { name: "Invitation link" }).click();
  await dialog.getByRole("button", { name: "Make the link" }).click();
  expect(await link("mailbox-invited-again-360")).not.toBe(first);
  await page.setViewportSize({ width: 1280, height: 900 });
}
