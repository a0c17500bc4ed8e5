import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { enter } from "./enter.test-support.ts";
import type { FolderScene } from "./folder-guest.test-support.ts";
import { signIn } from "./scene.test-support.ts";

const password = "otto fari sulla costa";

const words = {
  it: {
    end: "Termina tutti i programmi e le password per app",
    also: "Anche passkey, app di autenticazione e codici di recupero",
    sure: "Termina tutto",
    renew: "Nuova password",
    unread: "Con chi è condivisa la casella non si è potuto leggere",
    stays: "La casella non è condivisa con nessuno.",
  },
  en: {
    end: "End all programs and app passwords",
    also: "Also its passkeys, authenticator app and recovery codes",
    sure: "End them all",
    renew: "New password",
    unread: "With whom the mailbox is shared could not be read",
    stays: "The mailbox stays shared with 1 person",
  },
};

/**
 * Two mailboxes with an app password whose administrator, in their pages, ends that and whatever proves their person beside the
 * password, one with a new password and one without: the session that their person has in webmail is over, and so is what the
 * app password opened. Where there is nothing to end, nothing is offered.
 */
export async function disconnectMailbox(scene: FolderScene): Promise<void> {
  const frida = await endOf(
    scene,
    "frida",
    { language: "it", scheme: "light", width: 1280 },
    async (page, { end, sure, unread, stays }, shoot) => {
      const dialog = page.getByRole("dialog");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await page.route("**/api/mail-accounts/*/shares", (route) => route.fulfill({ status: 500 }));
      await page.getByRole("button", { name: end }).click();
      await dialog.getByText(unread).waitFor();
      await shoot("disconnect-mailbox-unread");
      await page.unroute("**/api/mail-accounts/*/shares");
      await dialog.getByRole("checkbox").check();
      await dialog.getByRole("button", { name: sure }).click();
      await dialog.getByText(stays).waitFor();
      await shoot("disconnect-mailbox-done");
      await dialog.getByRole("button", { name: "Fatto" }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: end }).waitFor({ state: "detached" });
      return password;
    },
  );
  await endOf(
    scene,
    "gilda",
    { language: "en", scheme: "dark", width: 360 },
    async (page, { also, renew, end, stays }, shoot) => {
      const dialog = page.getByRole("dialog");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: renew }).focus();
      await page.keyboard.press("Enter");
      await dialog.getByRole("checkbox", { name: also }).check();
      await dialog.getByText(stays).waitFor();
      const given = await dialog.getByRole("textbox", { name: "Password" }).inputValue();
      await shoot("renew-mailbox");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("Password changed").waitFor();
      await dialog.getByText(stays).waitFor();
      await shoot("renewed-mailbox");
      await dialog.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: end }).waitFor({ state: "detached" });
      return given;
    },
    frida,
  );
}

interface Manner {
  readonly language: keyof typeof words;
  readonly scheme: "light" | "dark";
  readonly width: number;
}

async function endOf(
  { endpoints, browser, shoot }: FolderScene,
  name: string,
  { language, scheme, width }: Manner,
  /** Does it from the open dialog that asks, and returns the password that now signs in. */
  act: (page: Page, said: (typeof words)["it"], shoot: (name: string) => Promise<void>) => Promise<string>,
  /** Who may use the mailbox beside its person. */
  guest?: string,
): Promise<string> {
  const { customer, domain } = endpoints.demo;
  const address = `${name}@${domain}`;
  const administrator = await enter(endpoints.console, customer.email, customer.password);
  const made = await administrator("/api/mail-accounts", { address, displayName: name, quotaBytes: null, password });
  const { id } = (await made.json()) as { id: string };
  const shares = guest === undefined ? [] : [{ accountId: guest, access: "read" }];
  expect((await administrator(`/api/mail-accounts/${id}/shares`, { shares }, "PUT")).status).toBe(200);
  const { page, context, troubles } = await openPage(browser, { language, scheme }, { width, height: 900 });
  const look = async (picture: string) => {
    await shoot(page, `${picture}-${width}-${language}-${scheme}`);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  };
  const button = page.getByRole("button", { name: words[language].end });
  await signIn(page, endpoints.console, customer);
  await page.goto(`${endpoints.console}/mail/accounts/${id}`);
  await page.getByRole("heading", { name: address }).waitFor();
  expect(await button.count()).toBe(0);
  const person = await enter(endpoints.webmail, address, password);
  const app = await person("/api/auth/app-passwords", { name: "Telefono", protocols: ["jmap"], expiresAt: null });
  const { secret } = (await app.json()) as { readonly secret: string };
  const knock = async () => {
    const authorization = `Basic ${btoa(`${address}:${secret}`)}`;
    return (await fetch(`${endpoints.jmap}/.well-known/jmap`, { headers: { authorization } })).status;
  };
  expect([(await person("/api/auth/session")).status, await knock()]).toEqual([200, 200]);
  await page.reload();
  await button.waitFor();
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("checkbox", { name: words[language].also }).check();
  await page.getByRole("dialog").getByText(words[language].stays).waitFor();
  await look("disconnect-mailbox");
  const stands = await act(page, words[language], look);
  await look("disconnected-mailbox");
  await context.close();
  expect(troubles).toEqual([]);
  expect([(await person("/api/auth/session")).status, await knock()]).toEqual([401, 401]);
  await enter(endpoints.webmail, address, stands);
  return id;
}
