import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Writes the typed client's types out of the contract: `npm run client`. A test says when they are not up to date. */

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly parameters: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ApiDocument {
  /** What the customers' contract alone has. */
  readonly webhooks?: { readonly event: { readonly post: { readonly requestBody: Content } } };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const keyOf = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(
    ([name, schema]) => `readonly ${keyOf(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema)}`,
  );
  if (typeof additionalProperties === "object")
    return fields.length === 0
      ? `Readonly<Record<string, ${typeOf(additionalProperties)}>>`
      : `{ ${fields.join("; ")} } & Readonly<Record<string, unknown>>`;
  if (fields.length > 0) return `{ ${fields.join("; ")} }`;
  return additionalProperties === false || additionalProperties === undefined
    ? "Readonly<Record<string, never>>"
    : "Readonly<Record<string, unknown>>";
}

function arrayOf({ items, prefixItems }: Schema): string {
  if (prefixItems !== undefined) return `readonly [${prefixItems.map(typeOf).join(", ")}]`;
  return typeof items === "object" ? `ReadonlyArray<${typeOf(items)}>` : "readonly unknown[]";
}

/** A JSON Schema (2020-12), as far as the contract uses it, as a type. */
export function typeOf(schema: Schema): string {
  const { type, anyOf, oneOf, allOf } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = anyOf ?? oneOf;
  if (union !== undefined) return union.map((one) => `(${typeOf(one)})`).join(" | ");
  if (allOf !== undefined) return allOf.map((one) => `(${typeOf(one)})`).join(" & ");
  if (Array.isArray(type)) return type.map((one: string) => typeOf({ ...schema, type: one })).join(" | ");
  if (type === "object" || schema.properties !== undefined) return objectOf(schema);
  if (type === "array") return arrayOf(schema);
  if (type === "integer" || type === "number") return "number";
  if (type === "string" || type === "boolean" || type === "null") return type;
  return "unknown";
}

function parametersOf(operation: Operation, place: "path" | "query"): string {
  const found = operation.parameters.filter((parameter) => parameter.in === place);
  if (found.length === 0) return "undefined";
  const fields = found.map(
    ({ name = "", required, schema = {} }) =>
      // Numbers and switches travel as text, so both are taken.
      `readonly ${keyOf(name)}${required ? "" : "?"}: ${place === "path" ? "string" : textual(schema)}`,
  );
  return `{ ${fields.join("; ")} }`;
}

function textual(schema: Schema): string {
  const type = typeOf(schema);
  return type === "unknown" ? "string | number | boolean" : type;
}

const jsonOf = ({ content }: Content): string | null => {
  const schema = content?.["application/json"]?.schema;
  return schema === undefined ? null : typeOf(schema);
};

function replyOf({ responses }: Operation): string {
  const told = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const types = told.map(([, reply]) => (reply.content?.["*/*"] ? "Response" : (jsonOf(reply) ?? "undefined")));
  return [...new Set(types)].join(" | ");
}

const callOptions = `export interface CallOptions {
  readonly signal?: AbortSignal;
  /** For a POST: the same key again is the same act, whoever restarts. A fresh one when absent. */
  readonly key?: string;
}
`;

/** The contracts that the client knows, each with the file of its types. */
export const contracts = {
  console: { document: "openapi.json", types: "src/api.ts" },
  operator: { document: "openapi-operator.json", types: "src/operator-api.ts" },
} as const;
export type ContractName = keyof typeof contracts;

/** The text of a contract's types. */
export function clientTypes(document: ApiDocument, name: ContractName = "console"): string {
  const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const body = operation.requestBody === undefined ? "undefined" : (jsonOf(operation.requestBody) ?? "unknown");
      const query = parametersOf(operation, "query");
      const fields = [
        ["params", parametersOf(operation, "path"), true],
        ["query", query, / readonly \w+: /.test(query)],
        ["body", body, true],
      ] as const;
      const given = fields.filter(([, type]) => type !== "undefined");
      const input = given.map(([name, type, isNeeded]) => `readonly ${name}${isNeeded ? "" : "?"}: ${type}`);
      const isOptional = given.every(([, , isNeeded]) => !isNeeded);
      const parts = [
        `readonly args: [input${isOptional ? "?" : ""}: { ${input.join("; ")} }, options?: CallOptions]`,
        `readonly reply: ${replyOf(operation)}`,
      ];
      return `  readonly ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: {\n    ${parts.join(";\n    ")};\n  };`;
    }),
  );
  const head = `// Written by \`npm run client\` out of ../${contracts[name].document}: change the contract, not this file.\n\n`;
  const { webhooks } = document;
  const event = webhooks === undefined ? "unknown" : (jsonOf(webhooks.event.post.requestBody) ?? "unknown");
  const before =
    name === "console"
      ? `${callOptions}\n/** What a webhook brings. */\nexport type WebhookEvent = ${event};\n\n/** Every call, by method and path. */\nexport interface Api`
      : `import type { CallOptions } from "./api.ts";\n\n/** Every call of the operators' console, by method and path. */\nexport interface OperatorApi`;
  return `${head}${before} {\n${calls.join("\n")}\n}\n`;
}

const at = (path: string) => fileURLToPath(new URL(`../clients/typescript/${path}`, import.meta.url));

/** A contract as it is kept beside the client. */
export const keptContract = (name: ContractName = "console"): ApiDocument =>
  JSON.parse(readFileSync(at(contracts[name].document), "utf8")) as ApiDocument;
export const keptTypes = (name: ContractName = "console"): string => readFileSync(at(contracts[name].types), "utf8");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(contracts) as ContractName[]) {
    writeFileSync(at(contracts[name].types), clientTypes(keptContract(name), name));
    console.log(`clients/typescript/${contracts[name].types} is up to date.`);
  }
}
