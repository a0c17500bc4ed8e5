import { Failure } from "@casaforte/kernel";
import { z } from "zod";
import type { ChainObjectKind, VaultBackend, VaultSession } from "./backend.ts";
import {
  chainRequest,
  commitRequest,
  composeRequest,
  enrolRequest,
  openUploadRequest,
  pageQuery,
  partsQuery,
  vaultHeaders,
} from "./contract.ts";
import { decimal, parse, rawBody, readJson, serve, type VaultHttpReply, type VaultHttpRequest } from "./edge.ts";
import { parseHoles } from "./holes.ts";
import { vaultLimits } from "./limits.ts";
import { partStreamProtocol } from "./part-stream.ts";
import { devicePolicyQuery, policyAcknowledgement } from "./policy-contract.ts";
import { runReport } from "./report-contract.ts";

interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly request: VaultHttpRequest;
}

/** One route. `access`: whether it needs a token, and whether a read-only one is enough. */
export interface VaultRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With `:name` for parameters, as Fastify and others write it. */
  readonly path: string;
  readonly access: "open" | "read" | "write";
  handle(backend: VaultBackend, call: Call): Promise<VaultHttpReply>;
}

const json = (status: number, value: unknown): VaultHttpReply => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(value),
});
const empty: VaultHttpReply = { status: 204, headers: {}, body: null };

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id in a path. What is no id exists as little as an id that is not ours. */
function idOf(call: Call, name: string): string {
  const value = call.params[name] ?? "";
  if (!uuidPattern.test(value)) throw new Failure("not_found", "vault.not_found", "there is nothing of that id");
  return value;
}

const noToken = () => new Failure("unauthenticated", "vault.token_invalid", "a valid bearer token is needed");

async function sessionOf(backend: VaultBackend, request: VaultHttpRequest, access: "read" | "write") {
  const found = /^Bearer ([\x21-\x7e]{20,200})$/i.exec(request.header("authorization") ?? "");
  if (!found?.[1]) throw noToken();
  const session = await backend.authenticate(found[1], { ip: request.ip });
  if (access === "write" && session.access === "restore")
    throw new Failure("forbidden", "vault.read_only", "this token only reads");
  return session;
}

function route(
  access: "read" | "write",
  method: VaultRoute["method"],
  path: string,
  work: (session: VaultSession, call: Call) => Promise<VaultHttpReply>,
): VaultRoute {
  return {
    access,
    method,
    path: `/vault/v1${path}`,
    handle: async (backend, call) => work(await sessionOf(backend, call.request, access), call),
  };
}

const open: readonly VaultRoute[] = [
  {
    access: "open",
    method: "GET",
    path: "/vault/v1/hello",
    handle: async (backend) => json(200, backend.hello()),
  },
  {
    access: "open",
    method: "POST",
    path: "/vault/v1/enrolments",
    handle: async (backend, { request }) =>
      json(201, await backend.enrol(await readJson(enrolRequest, request), { ip: request.ip })),
  },
];

const deviceRoutes: readonly VaultRoute[] = [
  route("read", "GET", "/device", async (session) => json(200, await session.device())),
  route("write", "POST", "/device/reports", async (session, { request }) => {
    await session.report(await readJson(runReport, request));
    return empty;
  }),
  route("write", "GET", "/device/policy", async (session, { request }) => {
    const { wait = 0 } = parse(devicePolicyQuery, request.query);
    const known = /^"([\x21\x23-\x7e]{1,200})"$/.exec(request.header("if-none-match") ?? "")?.[1] ?? null;
    const standing = await session.policy(known, wait * 1000, request.signal);
    if (standing === null) return { status: 304, headers: { etag: `"${known}"` }, body: null };
    const reply = json(200, standing.reply);
    return { ...reply, headers: { ...reply.headers, etag: `"${standing.etag}"` } };
  }),
  route("write", "POST", "/device/policy/acknowledgement", async (session, { request }) => {
    await session.acknowledgePolicy(await readJson(policyAcknowledgement, request));
    return empty;
  }),
  route("write", "PUT", "/chains/:chainId", async (session, call) =>
    json(200, await session.putChain(idOf(call, "chainId"), await readJson(chainRequest, call.request))),
  ),
  route("read", "GET", "/chains/:chainId", async (session, call) =>
    json(200, await session.chain(idOf(call, "chainId"))),
  ),
];

/** RFC 9110 §15.5.22. */
export const upgradeRequired = 426;

/** Stores a part, sent as a request or in a stream of parts. */
export const partRoute = route("write", "PUT", "/uploads/:uploadId/parts/:n", async (session, call) => {
  const { request } = call;
  const n = decimal(call.params["n"], "n", vaultLimits.partsMax - 1);
  const offset = decimal(request.header(vaultHeaders.offset), vaultHeaders.offset, vaultLimits.fileBytesMax);
  const body = rawBody(request, vaultLimits.partBytesMax);
  if (body.length === 0) throw new Failure("invalid", "vault.invalid", "a part holds at least one byte");
  const holes = parseHoles(request.header(vaultHeaders.holes), body.length);
  return json(200, await session.putPart(idOf(call, "uploadId"), n, offset, body, holes));
});

const uploadRoutes: readonly VaultRoute[] = [
  route("write", "POST", "/uploads", async (session, { request }) => {
    const { upload, created } = await session.openUpload(await readJson(openUploadRequest, request));
    return json(created ? 201 : 200, upload);
  }),
  route("write", "GET", "/uploads/:uploadId", async (session, call) => {
    const { after = -1, limit = vaultLimits.pageSizeDefault } = parse(partsQuery, call.request.query);
    return json(200, await session.upload(idOf(call, "uploadId"), { after, limit }));
  }),
  // Whoever may send parts here may send them one after the other, where the server can hand the connection over.
  route("write", "GET", "/uploads/:uploadId/parts", async (session, call) => {
    await session.upload(idOf(call, "uploadId"), { after: -1, limit: 1 });
    return { status: upgradeRequired, headers: { upgrade: partStreamProtocol }, body: null };
  }),
  partRoute,
  route("write", "PUT", "/uploads/:uploadId/block-map", async (session, call) => {
    await session.putBlockMap(idOf(call, "uploadId"), rawBody(call.request, vaultLimits.blockMapBytesMax));
    return empty;
  }),
  route("write", "POST", "/uploads/:uploadId/compose", async (session, call) => {
    await session.compose(idOf(call, "uploadId"), await readJson(composeRequest, call.request));
    return empty;
  }),
  route("write", "POST", "/uploads/:uploadId/commit", async (session, call) =>
    json(200, await session.commit(idOf(call, "uploadId"), await readJson(commitRequest, call.request))),
  ),
  route("write", "DELETE", "/uploads/:uploadId", async (session, call) => {
    await session.abortUpload(idOf(call, "uploadId"));
    return empty;
  }),
];

const fileRoutes: readonly VaultRoute[] = [
  route("read", "GET", "/files", async (session, { request }) =>
    json(200, await session.files(parse(pageQuery, request.query))),
  ),
  route("read", "GET", "/files/:fileId", async (session, call) =>
    serve(await session.file(idOf(call, "fileId")), call.request),
  ),
  route("read", "GET", "/files/:fileId/block-map", async (session, call) =>
    serve(await session.blockMap(idOf(call, "fileId")), call.request),
  ),
  route("write", "PUT", "/files/:fileId/mended", async (session, call) => {
    const { request } = call;
    const offset = decimal(request.header(vaultHeaders.offset), vaultHeaders.offset, vaultLimits.fileBytesMax);
    const body = rawBody(request, vaultLimits.partBytesMax);
    if (body.length === 0) throw new Failure("invalid", "vault.invalid", "nothing mends nothing");
    await session.mend(idOf(call, "fileId"), offset, body);
    return empty;
  }),
  route("read", "GET", "/points", async (session, { request }) =>
    json(200, await session.points(parse(pageQuery, request.query))),
  ),
  route("write", "DELETE", "/points/:pointId", async (session, call) => {
    await session.deletePoint(idOf(call, "pointId"));
    return empty;
  }),
];

/** `If-None-Match: *` means none yet; `If-Match: "n"` names the version to replace. @throws invalid `vault.invalid`. */
function expectedVersion(request: VaultHttpRequest): number {
  const match = /^"([1-9]\d{0,8})"$/.exec(request.header("if-match") ?? "");
  if (match && request.header("if-none-match") === undefined) return Number(match[1]);
  if (request.header("if-none-match") === "*" && request.header("if-match") === undefined) return 0;
  throw new Failure("invalid", "vault.invalid", "say which version this replaces", { details: { field: "if-match" } });
}

const versionQuery = z.strictObject({ version: z.coerce.number().int().min(1).max(999_999_999).optional() });

function objectRoutes(kind: ChainObjectKind, max: number): readonly VaultRoute[] {
  return [
    route("write", "PUT", `/chains/:chainId/${kind}`, async (session, call) => {
      const expected = expectedVersion(call.request);
      const stored = await session.putObject(idOf(call, "chainId"), kind, expected, rawBody(call.request, max));
      const reply = json(200, stored);
      return { ...reply, headers: { ...reply.headers, etag: `"${stored.version}"` } };
    }),
    route("read", "GET", `/chains/:chainId/${kind}`, async (session, call) => {
      const { version } = parse(versionQuery, call.request.query);
      const object = await session.object(idOf(call, "chainId"), kind, version ?? null);
      if (object === null)
        throw new Failure("not_found", "vault.not_found", "the chain has none yet", { details: { object: "none" } });
      return {
        status: 200,
        headers: {
          "content-type": "application/octet-stream",
          "content-length": String(object.bytes.length),
          "cache-control": "no-store",
          etag: `"${object.version}"`,
          [vaultHeaders.sha256]: object.sha256,
        },
        body: object.bytes,
      };
    }),
  ];
}

/** Every route of the protocol, for a server to register; a generated access test walks the same table. */
export const vaultRoutes: readonly VaultRoute[] = [
  ...open,
  ...deviceRoutes,
  ...uploadRoutes,
  ...fileRoutes,
  ...objectRoutes("keyring", vaultLimits.keyringBytesMax),
  route("read", "GET", "/chains/:chainId/keyring/versions", async (session, call) =>
    json(200, { versions: await session.keyringVersions(idOf(call, "chainId")) }),
  ),
  ...objectRoutes("vbm", vaultLimits.vbmBytesMax),
];
