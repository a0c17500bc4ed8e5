import { webhookEventSchema } from "@casaforte/contract/webhooks";
import { z } from "zod";
import type { DescribedRoute } from "./described-routes.ts";
import { apiExamples } from "./examples.ts";

type Json = Readonly<Record<string, unknown>>;

function schemaOf(type: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: "any" }) as Record<string, unknown>;
  return schema;
}

/** `/api/spaces/:id` as OpenAPI writes it. */
export const pathOf = (url: string): string => url.replace(/:(\w+)/g, "{$1}");

/** `GET /api/spaces/:id/copies` → `getSpacesByIdCopies`. */
export function operationIdOf({ method, url }: Pick<DescribedRoute, "method" | "url">): string {
  const words = url
    .replace(/^\/api\//, "")
    .split("/")
    .flatMap((part) => (part.startsWith(":") ? ["by", ...part.slice(1).split("-")] : part.split(/[-.]/)));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function parametersOf(type: z.ZodType | null, place: "path" | "query"): readonly Json[] {
  if (type === null) return [];
  const { properties, required } = schemaOf(type, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path" || (required ?? []).includes(name),
    schema,
  }));
}

/** Names in the path that the route declares no type for. */
function bareParameters({ url, params }: DescribedRoute): readonly Json[] {
  const declared = new Set(parametersOf(params, "path").map(({ name }) => name));
  return [...url.matchAll(/:(\w+)/g)]
    .map((match) => match[1] ?? "")
    .filter((name) => !declared.has(name))
    .map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function repliesOf({ method, replies }: DescribedRoute): Json {
  const problem = { description: "What went wrong (RFC 9457).", $ref: "#/components/responses/Problem" };
  const told = Object.entries(replies).map(([status, type]) => {
    const schema = schemaOf(type, "output");
    const isEmpty = schema["type"] === "null";
    const content = isEmpty ? {} : { content: { "application/json": { schema } } };
    return [status, { description: isEmpty ? "Done." : "The answer.", ...content }] as const;
  });
  // Files and streams carry no schema: their content type says what they are.
  const file = { description: "A file or a stream.", content: { "*/*": { schema: {} } } };
  const fallback = method === "GET" ? { "200": file } : { "200": { description: "Done." } };
  return { ...(told.length > 0 ? Object.fromEntries(told) : fallback), default: { $ref: problem.$ref } };
}

/** What a face says of itself, beside its routes. */
export interface DescribedFace {
  readonly title: string;
  readonly description: string;
  readonly cookie: string;
  /** The scope that a token needs for a route; null where none reaches. */
  scopeOf(route: string): string | null;
  isPeopleOnly(route: string): boolean;
  /** POSTs that take an idempotency key, of those that take a token. */
  takesKey(url: string): boolean;
  readonly hasWebhooks: boolean;
}

function securityOf(face: DescribedFace, route: string): Json {
  const scope = face.scopeOf(route);
  if (scope === null)
    return face.isPeopleOnly(route) && !route.includes("/api/auth/")
      ? { security: [{ session: [] }], "x-people-only": true }
      : { security: [] };
  return { security: [{ token: [] }, { session: [] }], "x-token-scope": scope };
}

const everyFace =
  "Programs send `Authorization: Bearer cft_…`, a token made in the console under Programs; `x-token-scope` names the scope that a call needs, `x-people-only` marks what a person must do there. A POST with an `Idempotency-Key`, where it takes one, may be sent again: it is carried out once and answered alike for a day.";

const keyParameter = { $ref: "#/components/parameters/IdempotencyKey" };

function operationOf(face: DescribedFace, route: DescribedRoute): Json {
  const { method, url, params, query, body } = route;
  const name = `${method} ${url}`;
  const takesKey =
    method === "POST" && !url.startsWith("/api/auth/") && face.scopeOf(name) !== null && face.takesKey(url);
  const example = apiExamples[name];
  const content = body === null ? null : { schema: schemaOf(body, "input"), ...(example ? { example } : {}) };
  return {
    operationId: operationIdOf(route),
    tags: [url.split("/")[2] ?? "api"],
    ...securityOf(face, name),
    parameters: [
      ...parametersOf(params, "path"),
      ...bareParameters(route),
      ...parametersOf(query, "query"),
      ...(takesKey ? [keyParameter] : []),
    ],
    ...(content === null ? {} : { requestBody: { required: true, content: { "application/json": content } } }),
    responses: repliesOf(route),
  };
}

/** The contract of a console's calls as OpenAPI 3.1, out of the schemas that the routes themselves check by. */
export function describeApi(face: DescribedFace, routes: readonly DescribedRoute[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const byPath = routes.toSorted((a, b) => `${a.url} ${a.method}`.localeCompare(`${b.url} ${b.method}`, "en"));
  for (const route of byPath) {
    const path = pathOf(route.url);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(face, route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: face.title,
      version,
      description: `${face.description} ${everyFace}`,
    },
    paths,
    ...(face.hasWebhooks ? { webhooks: { event: { post: eventOperation() } } } : {}),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: face.cookie },
      },
      parameters: {
        IdempotencyKey: {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description: "1 to 100 visible ASCII characters, new for each act.",
          schema: { type: "string", minLength: 1, maxLength: 100 },
        },
      },
      responses: {
        Problem: {
          description: "What went wrong (RFC 9457). `code` is stable: switch on it.",
          content: { "application/problem+json": { schema: problemSchema } },
        },
      },
    },
  };
}

const headerOf = (name: string, description: string): Json => ({
  ...{ name, in: "header", required: true, description, schema: { type: "string" } },
});

/** What the server sends to a customer's webhook (R79). */
function eventOperation(): Json {
  return {
    operationId: "receiveEvent",
    tags: ["webhooks"],
    description:
      "Sent to the endpoints that a customer names in the console under Programs, at least once and in no fixed order. Check signature and time before you believe it (Standard Webhooks 1.0; the client's `verifyWebhook` does), answer within 15 seconds, and pass over types that you do not know. What is not answered with 2xx is sent again for three days; 410 ends it.",
    security: [],
    parameters: [
      headerOf("webhook-id", "The event's id, the same each time it is sent: know by it what you have seen."),
      headerOf("webhook-timestamp", "When it was sent, in seconds since 1970. Refuse what is older than five minutes."),
      headerOf(
        "webhook-signature",
        "`v1,` and HMAC-SHA256 over `id.timestamp.body` in base64; two of them, apart by a space, for a day after a secret was renewed.",
      ),
    ],
    requestBody: {
      required: true,
      content: { "application/json": { schema: schemaOf(webhookEventSchema, "output") } },
    },
    responses: { "2XX": { description: "Taken." } },
  };
}

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "code", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    requestId: { type: "string" },
    details: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
    fields: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string" }, message: { type: "string" } },
      },
    },
  },
} as const;
