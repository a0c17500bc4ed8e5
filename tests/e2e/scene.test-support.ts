import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openBrowser, settled } from "../support/browser.ts";
import { type Endpoints, Product } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

/** Pictures for whoever wants to look; a folder named by SHOTS. */
export const shots = process.env["SHOTS"];

/** Who signs up in the first test; later ones look at what it left. */
export const newcomer = { email: "nera@neri.example", password: "otto ruote di marzapane" };

/** The product with its demo data, a browser, and a folder for what a customer's machine holds. */
export interface Scene {
  readonly product: Product;
  readonly endpoints: Endpoints;
  readonly browser: Browser;
  readonly home: string;
  readonly dispose: () => Promise<void>;
}

export async function openScene(): Promise<Scene> {
  if (shots) mkdirSync(shots, { recursive: true });
  const product = await Product.prepare();
  const endpoints = await product.start();
  const browser = await openBrowser();
  const home = await mkdtemp(join(tmpdir(), "cf-e2e-"));
  return {
    product,
    endpoints,
    browser,
    home,
    dispose: async () => {
      await browser.close();
      await product.dispose();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export async function signIn(
  page: Page,
  url: string,
  who: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.goto(url);
  await page.locator('input[type="email"], input[autocomplete~="username"]').first().fill(who.email);
  await page.locator('input[type="password"]').first().fill(who.password);
  await page.keyboard.press("Enter");
  await page.locator("main#main").waitFor();
}
/** What a pattern finds in the newest mail to an address, which the demo keeps for its operator. */
export async function mailed({ endpoints }: Scene, address: string, pattern: RegExp): Promise<string> {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const { email: login, password } = endpoints.demo.operator;
  const signedIn = await fetch(`${endpoints.operator}/api/auth/sign-in`, {
    method: "POST",
    headers,
    body: JSON.stringify({ login, password }),
  });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  const read = async (path: string) =>
    (await fetch(`${endpoints.operator}/api/mail-sink${path}`, { headers: { ...headers, cookie } })).json();
  return until(`mail for ${address}`, async () => {
    const { messages } = (await read(`?address=${encodeURIComponent(address)}`)) as { messages: { id: string }[] };
    const [newest] = messages;
    if (newest === undefined) return null;
    const { text } = (await read(`/${newest.id}/text`)) as { text: string };
    return pattern.exec(text)?.[1] ?? null;
  });
}

/** A page as it stands now, for axe and for the browser's own complaints. `main#main`: that part alone, to which `goWithin` has led. */
export async function look(page: Page, name: string, troubles: readonly string[], within?: "main#main"): Promise<void> {
  if (within === undefined) await settled(page);
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
  expect(await axeViolations(page, within), `axe on ${name}`).toEqual([]);
  expect(troubles, `policy violations and script errors on ${name}`).toEqual([]);
}
