import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";
import { type Scene, shots } from "./scene.test-support.ts";

/** An app password for IMAP that the mailbox's person makes in webmail. */
async function appPasswordOf({ endpoints }: Scene, login: string, password: string): Promise<string> {
  const post = (path: string, body: object, cookie = "") =>
    fetch(`${endpoints.webmail}/api/auth/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", cookie },
      body: JSON.stringify(body),
    });
  const cookies = (await post("sign-in", { login, password })).headers.getSetCookie();
  const cookie = cookies.map((each) => each.split(";")[0]).join("; ");
  const made = await post("app-passwords", { name: "Telefono", protocols: ["imap"], expiresAt: null }, cookie);
  return ((await made.json()) as { readonly secret: string }).secret;
}

/**
 * On the page of a mailbox, in English: nothing to end where there is nothing; then the administrator ends the app password that
 * its person made, and the mailbox's own password goes on. `open` is whether a mail program comes in with a password.
 */
export async function disconnectPrograms(
  page: Page,
  scene: Scene,
  mailbox: {
    readonly address: string;
    readonly password: string;
    readonly open: (password: string) => Promise<boolean>;
  },
): Promise<void> {
  const button = page.getByRole("button", { name: "End all programs and app passwords" });
  const dialog = page.getByRole("dialog");
  const look = async (name: string) => {
    expect(await axeViolations(page)).toEqual([]);
    if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
  };
  expect(await button.count()).toBe(0);
  const secret = await appPasswordOf(scene, mailbox.address, mailbox.password);
  expect(await mailbox.open(secret)).toBe(true);
  await page.reload();
  await button.waitFor();
  await look("mailbox-with-app-password");
  await page.setViewportSize({ width: 360, height: 800 });
  await button.focus();
  await page.keyboard.press("Enter");
  await dialog.getByText("are signed out at once", { exact: false }).waitFor();
  await look("mailbox-disconnect-360");
  await page.setViewportSize({ width: 1280, height: 900 });
  await dialog.getByRole("button", { name: "End them all" }).click();
  await dialog.waitFor({ state: "detached" });
  await button.waitFor({ state: "detached" });
  expect([await mailbox.open(secret), await mailbox.open(mailbox.password)]).toEqual([false, true]);
}
