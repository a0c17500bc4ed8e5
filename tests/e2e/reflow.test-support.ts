import type { Page } from "playwright-core";
import { expect } from "vitest";
import { openPage } from "../support/browser.ts";
import { misfitsOf } from "../support/reflow.ts";
import { type Scene, signIn } from "./scene.test-support.ts";

const look = { language: "it", scheme: "light" } as const;
export const narrow = { width: 320, height: 640 };

/** The prices of the customers' console and its menu; its other pages are measured as they are looked at. */
export async function reflowOfConsole({ browser, endpoints }: Scene): Promise<void> {
  const { page, context } = await openPage(browser, look, narrow);
  const found: string[] = [];
  await page.goto(`${endpoints.console}/price-list`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  found.push(...(await misfitsOf(page, "console-price-list")));
  await signIn(page, endpoints.console, endpoints.demo.customer);
  await page.setViewportSize(narrow);
  await page.getByRole("button", { name: "Menu" }).click();
  found.push(...(await misfitsOf(page, "console-menu")));
  expect(found).toEqual([]);
  await context.close();
}

/** The operators' menu; their pages are measured as they are looked at. */
export async function reflowOfOperator({ browser, endpoints }: Scene): Promise<void> {
  const { page, context } = await openPage(browser, look, narrow);
  const found: string[] = [];
  await signIn(page, endpoints.operator, endpoints.demo.operator);
  await page.setViewportSize(narrow);
  await page.getByRole("button", { name: "Menu" }).click();
  found.push(...(await misfitsOf(page, "operator-menu")));
  expect(found).toEqual([]);
  await context.close();
}

/** The webmail's screens; `signIn` leads from the way in to the list. */
export async function reflowOfWebmail(page: Page, origin: string, signIn: () => Promise<void>): Promise<void> {
  const found: string[] = [];
  const take = async (name: string, shown: string): Promise<void> => {
    await page.waitForSelector(shown);
    found.push(...(await misfitsOf(page, `webmail-${name}`)));
    await page.setViewportSize(narrow);
  };
  await page.goto(origin);
  await take("sign-in", "input[name=username]");
  await signIn();
  await page.click(".wm-menu");
  await take("mailboxes", "[data-drawer]");
  await page.click(".wm-menu");
  await page.keyboard.press("?");
  await take("help", '[role="dialog"]');
  await page.keyboard.press("Escape");
  await page.click('[data-row="0"]');
  await take("reading", ".wm-card");
  await page.keyboard.press("r");
  await take("reply", ".wm-editor-text");
  await page.goto(`${origin}/settings`);
  await page.getByRole("button", { name: /^(Aggiungi regola|Add rule)$/ }).click();
  await take("settings", ".wm-setting");
  await page.goto(`${origin}/recover`);
  await take("recover", "table");
  expect(found).toEqual([]);
}
