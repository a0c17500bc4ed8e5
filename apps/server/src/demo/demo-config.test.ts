import { expect, test } from "vitest";
import { freePorts } from "./demo-config.ts";

test("whoever chooses ports at the same time gets others, also before anybody listens at them", async () => {
  const few = { from: 9_000, to: 9_000 + 16 * 12 };
  const chosen = await Promise.all(Array.from({ length: 8 }, () => freePorts(few)));
  chosen.push(await freePorts(few));
  const ports = chosen.flatMap((block) => Object.values(block));
  expect(new Set(ports).size).toBe(ports.length);
});
