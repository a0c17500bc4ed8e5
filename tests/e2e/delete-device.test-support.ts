import { join } from "node:path";
import { expect } from "vitest";
import { axeViolations, goWithin, openPage } from "../support/browser.ts";
import { newcomer, type Scene, shots, signIn } from "./scene.test-support.ts";

/** A device with its points: looked through, verified, and not deleted while they are locked. */
export async function deleteDevice({ browser, endpoints }: Scene): Promise<void> {
  const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page, endpoints.console, newcomer);
  await goWithin(page, "/devices");
  await page.getByRole("link", { name: "Web server" }).click();
  await page.getByText("No policy: a backup starts only when you ask for it.").waitFor();
  // A day of the calendar leads to its points.
  await page.getByRole("button", { name: /: 1 point$/ }).click();
  await page.getByText(/^Points of /).waitFor();
  await page.getByRole("link", { name: /^Browse the point of / }).waitFor();
  await page.getByRole("button", { name: /^Verify now: the point of / }).click();
  await page.getByText("everything was found as it was stored", { exact: false }).waitFor();
  // A page that takes the point for a free one: the dialog says what goes, and the server what does not.
  await page.route("**/api/devices/*/points?*", async (route) => {
    const { points, ...rest } = await (await route.fetch()).json();
    await route.fulfill({ json: { ...rest, points: points.map((point: object) => ({ ...point, locked: false })) } });
  });
  await page.reload();
  await page.getByRole("button", { name: /^Delete the point of / }).click();
  const goes = page.getByRole("dialog", { name: /^Delete the point of / });
  await goes.getByText("For seven days you can browse it here", { exact: false }).waitFor();
  await goes.getByRole("textbox").fill("Web server");
  if (shots) await page.screenshot({ path: join(shots, "console-delete-point.png"), fullPage: true });
  expect(await axeViolations(page), "axe on the deletion of a point").toEqual([]);
  await goes.getByRole("button", { name: "Delete the point", exact: true }).click();
  await goes.getByRole("alert").getByText("locked").waitFor();
  await goes.getByRole("button", { name: "Cancel" }).click();
  await page.unroute("**/api/devices/*/points?*");
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  // What the server says to whoever signed in more than five minutes ago.
  const stale = { status: 403, contentType: "application/problem+json" };
  let isStale = true;
  await page.route("**/api/devices/*", (route) => {
    if (!isStale || route.request().method() !== "DELETE") return route.fallback();
    isStale = false;
    return route.fulfill({ ...stale, body: JSON.stringify({ code: "identity.reauthentication_required" }) });
  });
  const confirm = page.getByRole("dialog", { name: "Delete Web server and its restore points?" });
  await confirm.getByRole("textbox").fill("Web server");
  await confirm.getByRole("button", { name: "Delete the device" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
  await proof.getByLabel("Current password").fill(newcomer.password);
  await proof.getByRole("button", { name: "Confirm" }).click();
  await confirm.getByRole("alert").getByText("locked").waitFor();
  await context.close();
}
