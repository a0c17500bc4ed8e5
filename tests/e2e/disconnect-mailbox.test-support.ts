import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import type { FolderScene } from "./folder-guest.test-support.ts";
import { signIn } from "./scene.test-support.ts";

const password = "otto fari sulla costa";

/** Somebody who signed in by the API of a face. */
async function enter(face: string, login: string, secret: string) {
  const headers: Record<string, string> = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const ask = (path: string, body?: object) =>
    fetch(`${face}/api/${path}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  const entered = await ask("auth/sign-in", { login, password: secret });
  expect(entered.status).toBe(200);
  headers["cookie"] = entered.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  return ask;
}

/**
 * A mailbox with an app password whose administrator, in its page, ends that and whatever proves its person beside the password:
 * the session that its person has in webmail is over.
 */
export async function disconnectMailbox({ endpoints, browser, shoot }: FolderScene): Promise<void> {
  const { customer, domain } = endpoints.demo;
  const address = `frida@${domain}`;
  const administrator = await enter(endpoints.console, customer.email, customer.password);
  const made = await administrator("mail-accounts", { address, displayName: "Frida", quotaBytes: null, password });
  const { id } = (await made.json()) as { id: string };
  const person = await enter(endpoints.webmail, address, password);
  const app = await person("auth/app-passwords", { name: "Telefono", protocols: ["imap"], expiresAt: null });
  expect(app.status).toBe(201);
  const words = {
    it: {
      act: "Termina tutti i programmi e le password per app",
      also: "Anche passkey, app di autenticazione e codici di recupero",
      sure: "Termina tutto",
    },
    en: {
      act: "End all programs and app passwords",
      also: "Also its passkeys, authenticator app and recovery codes",
      sure: "End them all",
    },
  };
  for (const [language, scheme, width] of [
    ["it", "light", 1280],
    ["en", "dark", 360],
  ] as const) {
    const { page, context, troubles } = await openPage(browser, { language, scheme }, { width, height: 900 });
    const { act, also, sure } = words[language];
    await signIn(page, endpoints.console, customer);
    await page.goto(`${endpoints.console}/mail/accounts/${id}`);
    await page.getByRole("button", { name: act }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("checkbox", { name: also }).check();
    await shoot(page, `disconnect-mailbox-${width}-${language}-${scheme}`);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect((await person("auth/session")).status).toBe(200);
    if (language === "en") {
      await dialog.getByRole("button", { name: sure }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("button", { name: act }).waitFor({ state: "detached" });
      await shoot(page, `disconnected-mailbox-${width}-${language}-${scheme}`);
    }
    await context.close();
    expect(troubles).toEqual([]);
  }
  expect((await person("auth/session")).status).toBe(401);
}
