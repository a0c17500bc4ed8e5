import { expect } from "vitest";
import { goWithin, openPage } from "../support/browser.ts";
import { look, newcomer, type Scene, signIn } from "./scene.test-support.ts";

/**
 * A policy from the empty page to the device that follows it: the preview in words and bytes, the page without its server,
 * the device's days and its chain. Leaves no policy behind.
 */
export async function editPolicy({ browser, endpoints }: Scene): Promise<void> {
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page, endpoints.console, newcomer);
  await goWithin(page, "/policies");
  const none = page.getByRole("heading", { name: "No policy yet" });
  await none.waitFor();
  await page.getByText("Then they do it by themselves.", { exact: false }).waitFor();
  await page.getByRole("link", { name: "New policy" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Every night");
  await page.getByLabel("Folders, one a line").fill("/srv/documents");

  const kept = page.getByRole("region", { name: "How long to keep" });
  await kept.getByText("How much room it takes can be told after the first backup of a device chosen.").waitFor();
  await kept
    .getByText("Kept: one a day for 7 days; one a week for 4 weeks; one a month for 12 months.", { exact: true })
    .waitFor();
  for (const rule of ["Days", "Weeks", "Months"]) await kept.getByLabel(rule, { exact: true }).fill("0");
  await kept.getByText("Everything is kept for ever.").waitFor();
  await kept.getByLabel("Last points").fill("3");
  await kept.getByText("Kept: the last 3 points.", { exact: true }).waitFor();
  await kept.getByText(/^In the long run: 3 points, the oldest about [23] days old\.$/).waitFor();
  await page.getByLabel("Devices", { exact: true }).first().click();
  await page.getByRole("option", { name: "Web server" }).click();
  await page.keyboard.press("Escape");
  const room = kept.getByText(/^About .*, from what was measured on the devices chosen\.$/);
  await room.waitFor();
  const [, figure, unit] = /^About ([\d.,]+)\s(kB|MB|GB), /.exec((await room.textContent()) ?? "") ?? [];
  expect(Number.parseFloat(figure ?? ""), `the room in ${unit}`).toBeGreaterThan(0);
  await look(page, "console-policy-preview", troubles, "main#main");
  await page.getByRole("button", { name: "Save" }).click();
  const card = page.getByRole("article", { name: "Every night" });
  await card.getByText("Kept: the last 3 points.").waitFor();
  await card.getByText("Web server").waitFor();

  await goWithin(page, "/devices");
  await page.getByRole("link", { name: "Web server" }).click();
  await page
    .getByRole("img", { name: "Web server, last 30 days: 1 good, 0 incomplete, 0 failed, 0 overdue" })
    .waitFor();
  const chain = page.getByRole("region", { name: /^Chain begun .+ 1 point$/ });
  await chain.getByText("Stands on its own", { exact: true }).waitFor();
  await page.getByText("Every night", { exact: false }).first().waitFor();

  // The server fails: the page says so and tries again when asked.
  const away = { status: 500, contentType: "application/problem+json", body: JSON.stringify({ code: "internal" }) };
  await page.route("**/api/policies", (route) => route.fulfill(away));
  await page.goto(`${endpoints.console}/policies`);
  const trouble = page.getByRole("alert");
  await trouble.getByRole("button", { name: "Try again" }).waitFor();
  await look(page, "console-policies-away", troubles, "main#main");
  await page.unroute("**/api/policies");
  await trouble.getByRole("button", { name: "Try again" }).click();

  await card.getByRole("button", { name: "Delete" }).click();
  const sure = page.getByRole("dialog", { name: "Delete Every night?" });
  await sure.getByRole("textbox").fill("Every night");
  await sure.getByRole("button", { name: "Delete the policy" }).click();
  await none.waitFor();
  await context.close();
}
