import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";

const isFocused = (one: Locator): Promise<boolean> => one.evaluate((element) => element === document.activeElement);

/** With the keyboard alone: what a field has is taken back, then chosen again. In English. */
export async function chooseAnew(page: Page, form: Locator, field: string, choice: string): Promise<void> {
  const input = form.getByLabel(field, { exact: true });
  expect(await input.inputValue()).toBe(choice);
  await input.focus();
  await page.keyboard.press("Tab");
  expect(await isFocused(form.getByRole("button", { name: `Clear: ${field}` })), "the mark follows the field").toBe(
    true,
  );
  expect(await axeViolations(page), "axe on a field with its mark").toEqual([]);
  await page.keyboard.press("Enter");
  expect(await isFocused(input), "and leads back to it").toBe(true);
  expect(await input.inputValue()).toBe("");
  await page.keyboard.type(choice);
  await expect.poll(() => page.getByRole("option").allTextContents()).toEqual([choice]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await input.inputValue()).toBe(choice);
}
