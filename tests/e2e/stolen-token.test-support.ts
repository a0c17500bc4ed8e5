import type { Page } from "playwright-core";
import { expect } from "vitest";
import { systemClock, systemRandom } from "../../apps/agent/src/outside.ts";
import { AgentHome } from "../../apps/agent/src/state/home.ts";
import { connectVault } from "../../apps/agent/src/vault-session.ts";
import { replaceByNoise } from "../support/noise-in-place.test-support.ts";

/** With the token of a machine, as a thief would: noise in the place of its newest point and over its keys. */
export async function spoilNewestPoint(agentHome: string): Promise<void> {
  const { vaultUrl, deviceToken, chainId } = new AgentHome(agentHome).enrolment();
  const client = connectVault({ vaultUrl, token: deviceToken });
  const { head, keyringVersion } = await client.chain(chainId);
  await replaceByNoise(client, { clock: systemClock, random: systemRandom }, head?.pointId ?? "");
  await client.putKeyring(chainId, new Uint8Array([1, 2, 3]), keyringVersion);
}

/** From a device's page: the newest point gets back the file that it had. */
export async function takeNewestBack(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const browse = page.getByRole("link", { name: /^Browse the point of / });
  const newest = page.getByRole("row").filter({ has: browse }).first();
  await newest.getByText("The device made this point a full.", { exact: false }).waitFor();
  expect(await newest.getByText("Full", { exact: true }).count()).toBe(1);
  await look("replaced");
  await newest.getByRole("button", { name: /^Go back to the file before, stored / }).click();
  const dialog = page.getByRole("dialog", { name: /^Give the point of .+ back the file it had\?$/ });
  await dialog.getByText("revoke it first", { exact: false }).waitFor();
  await look("take-back");
  await dialog.getByRole("button", { name: "Go back to the file before" }).click();
  await dialog.waitFor({ state: "detached" });
  await newest.getByText("Incremental", { exact: true }).waitFor();
}

const keysChoice = (page: Page) =>
  page
    .getByRole("combobox", { name: "Version of the keys" })
    .or(page.getByRole("textbox", { name: "Version of the keys" }))
    .first();

/** On the restore's page, after a try whose keys did not open. */
export async function chooseFirstKeys(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  await page.getByText("The keys of this backup cannot be read", { exact: false }).waitFor();
  await look("keys");
  await keysChoice(page).click();
  await page.getByRole("option", { name: /^1 · / }).click();
}

/** What was said of one point's keys is not said of another: chooses the oldest point, whose keys nobody tried. */
export async function chooseAnotherPoint(page: Page): Promise<void> {
  const refusal = page.getByText("The keys of this backup cannot be read", { exact: false });
  await refusal.waitFor();
  await keysChoice(page).waitFor();
  const point = page
    .getByRole("combobox", { name: "Restore point" })
    .or(page.getByRole("textbox", { name: "Restore point" }))
    .first();
  await point.click();
  await page.getByRole("option").last().click();
  await refusal.waitFor({ state: "detached" });
  expect(await keysChoice(page).count()).toBe(0);
  // The address goes on to name the point when it is no longer among the newest.
  expect(new URL(page.url()).searchParams.get("at")).toMatch(/^\d{4}-/);
}
