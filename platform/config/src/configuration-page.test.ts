import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { configSchema, httpListenerNames, parseConfig, streamListenerNames } from "./index.ts";

const page = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../docs/runbook/${name}`, import.meta.url)), "utf8");

interface Node {
  readonly properties?: Record<string, Node>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly oneOf?: readonly Node[];
  readonly default?: unknown;
}

/** Every key of the schema with what the page must say in its second column. */
function* keysOf(node: Node, path: string): Generator<readonly [string, string]> {
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    const groups = [child, ...(child.oneOf ?? []), ...(child.items ? [child.items] : [])].filter(
      (one) => one.properties,
    );
    for (const group of groups) yield* keysOf(group, group === child.items ? `${at}[]` : at);
    if (groups.length > 0) continue;
    const isRequired = (node.required ?? []).includes(name);
    yield [at, child.default !== undefined ? `\`${JSON.stringify(child.default)}\`` : isRequired ? "required" : "—"];
  }
}

const general = (key: string) =>
  key
    .replace(new RegExp(`^http\\.(${httpListenerNames.join("|")})\\.`), "http.FACE.")
    .replace(new RegExp(`^mail\\.(${streamListenerNames.join("|")})\\.`), "mail.PORT.");

test("the configuration page tells every key with its default, and no other", () => {
  const schema = new Map<string, string>();
  for (const [key, value] of keysOf(z.toJSONSchema(configSchema, { io: "input" }) as Node, ""))
    schema.set(general(key), value);
  const told = new Map<string, string>();
  for (const [, key = "", value = ""] of page("configuration.md").matchAll(/^\| `([\w.[\]]+)` \| (.+?) \| /gm))
    told.set(key, value);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(schema));
});

test("the installation page's example is a valid configuration", () => {
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page("install.md")) ?? [];
  expect(parseConfig(yaml, "install.md").sites).toHaveLength(1);
});
