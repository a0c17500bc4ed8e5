import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { axeViolations, openBrowser, openPage, settled } from "../support/browser.ts";
import { type Endpoints, Product } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

let product: Product;
export let endpoints: Endpoints;
export let browser: Browser;
/** Signed in to the operator console for the whole file: it reads the mails that the demo keeps. */
export let operator: Page;
/** Pictures for whoever wants to look; a folder named by SHOTS. */
export const shots = process.env["SHOTS"];
/** For one step of a page on a busy machine. */
const patienceMs = 45_000;
const english = { language: "en", scheme: "light" } as const;

beforeAll(async () => {
  if (shots) mkdirSync(shots, { recursive: true });
  product = await Product.prepare();
  endpoints = await product.start();
  browser = await openBrowser();
  operator = (await openPage(browser, english)).page;
  operator.setDefaultTimeout(patienceMs);
  await signIn(operator, endpoints.operator, endpoints.demo.operator.email, endpoints.demo.operator.password);
  await operator.locator("main#main h1").waitFor();
});
afterAll(async () => {
  await browser?.close();
  await product?.dispose();
});

export async function signIn(page: Page, url: string, login: string, password: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("E-mail address").fill(login);
  await page.locator('input[type="password"]').fill(password);
  await page.keyboard.press("Enter");
}

/** The newest link to a page, out of the mails that went to an address. */
export async function mailedLink(address: string, path: string, known: readonly string[] = []): Promise<string> {
  return until(`a mail to ${address} with ${path}`, () =>
    operator.evaluate(
      async ([address, path, known]) => {
        const read = async (url: string) => (await fetch(url)).json();
        const list = await read(`/api/mail-sink?address=${encodeURIComponent(address)}`);
        for (const message of list.messages) {
          const { text } = await read(`/api/mail-sink/${message.id}/text`);
          const link = (text as string).match(/https?:\/\/\S+/g)?.find((found) => new URL(found).pathname === path);
          if (link && !known.includes(link)) return link;
        }
        return null;
      },
      [address, path, known] as const,
    ),
  );
}

/** RFC 6238 with the usual 30 seconds and six digits; `ahead` steps from now. */
export function totp(secret: string, ahead = 0): string {
  let bits = "";
  for (const letter of secret.replaceAll(/[\s=]/g, ""))
    bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter.toUpperCase()).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Enrols an authenticator app on the page that is open; saves the codes as the page asks. */
export async function enrolTotp(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.getByRole("button", { name: "Turn on" }).click();
  const dialog = page.getByRole("dialog", { name: "Authenticator app" });
  const secret = (await dialog.locator(".cf-code").innerText()).replaceAll(" ", "");
  await dialog.getByLabel(/6-digit code/).fill(totp(secret));
  await page.keyboard.press("Enter");
  return { secret, codes: await saveRecoveryCodes(page) };
}

export async function saveRecoveryCodes(page: Page): Promise<string[]> {
  const dialog = page.getByRole("dialog", { name: "Recovery codes" });
  await dialog.waitFor();
  const codes = await dialog.locator(".cf-code").allInnerTexts();
  await dialog.getByRole("textbox").fill(codes[3] ?? "");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  return codes;
}

export async function giveAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

export async function look(page: Page, name: string, troubles: readonly string[]): Promise<void> {
  await settled(page);
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  expect(await axeViolations(page), `axe on ${name}`).toEqual([]);
  expect(troubles, `policy violations and script errors on ${name}`).toEqual([]);
}

export async function withPage(work: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
  const { page, context, troubles } = await openPage(browser, english);
  page.setDefaultTimeout(patienceMs);
  await work(page, context);
  expect(troubles).toEqual([]);
  await context.close();
}

export const home = (page: Page) => page.getByRole("heading", { level: 1, name: "Are you protected?" });
export const signOut = async (page: Page) => {
  await page.locator(".cf-account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
};
