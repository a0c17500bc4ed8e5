import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { repository } from "../support/product.ts";

const contract = join(repository, "foundation/contract/src");

/** The names of all fields in a JSON Schema, however deep. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(fieldsOf);
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === "properties" && typeof value === "object" && value !== null ? Object.keys(value) : []),
    ...fieldsOf(value),
  ]);
}

async function schemasOf(file: string): Promise<[string, z.ZodType][]> {
  const module = (await import(join(contract, file))) as Record<string, unknown>;
  return Object.entries(module).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType);
}

/** The operators' inventory is the one place where the provider's machines are described. */
const inventory = "placement.ts";

/** What operators alone send and see of a notice: which machine it is about. No schema of the customers' is among them. */
const operatorsOwn = new Set(
  ["deskNoticeSchema", "deskNoticesReplySchema", "previewNoticeSchema", "openNoticeSchema"].map(
    (name) => `notices.ts ${name}`,
  ),
);

test("R7: outside the operators' inventory no field of any request or answer tells of a host, its rack or its serial", async () => {
  const found: string[] = [];
  const counted: Record<string, number> = {};
  for (const file of readdirSync(contract).filter((name) => /(?<!\.test)\.ts$/.test(name)))
    for (const [name, schema] of await schemasOf(file)) {
      if (operatorsOwn.has(`${file} ${name}`)) continue;
      const fields = fieldsOf(z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }));
      counted[file] = (counted[file] ?? 0) + fields.length;
      for (const field of fields)
        if (/^(hosts|hostIds?|rack|serial|serialNumber)$/.test(field)) found.push(`${file}: ${field}`);
    }
  expect(new Set(found.filter((each) => each.startsWith(inventory)))).toEqual(
    new Set(["hostId", "hosts", "rack", "serial"].map((field) => `${inventory}: ${field}`)),
  );
  expect(found.filter((each) => !each.startsWith(inventory))).toEqual([]);
  for (const file of ["spaces.ts", "orders.ts", "backup.ts", "devices.ts"])
    expect(counted[file], file).toBeGreaterThan(5);
});
