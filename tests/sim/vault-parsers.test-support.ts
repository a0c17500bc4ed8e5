import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Failure } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { createVaultClient, type VaultClient } from "@casaforte/vault";
import { enrolDevice } from "@casaforte/vault/conformance";
import { createRangeReader } from "../../apps/agent/src/range-reader.ts";
import { createVaultFetch } from "../../apps/agent/src/vault-fetch.ts";
import { startTestVault } from "../../modules/backup/src/vault.test-support.ts";
import { mutate, mutateJson } from "./mutate.test-support.ts";
import type { Parser, Seed } from "./parser-run.test-support.ts";

/** `files-many.json` is about `files`, and so is `broken-files-cursor.json`. */
const subjectOf = ({ name }: Seed): string => name.replace(/^broken-/, "").replace(/[-.].*$/, "");

const id = "00000000-0000-7000-8000-000000000001";
const rangeBytes = 1000;

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function objectOf(client: VaultClient): Promise<void> {
  const object = await client.keyring(id);
  if (object === null) return;
  const isRight = createHash("sha256").update(object.bytes).digest("hex") === object.sha256;
  if (!isRight || !Number.isSafeInteger(object.version) || object.version < 1) throw new Error("a wrong object");
}

/** What the agent asks, by the name of the answer's file up to its ending. */
const questions: Readonly<Record<string, (client: VaultClient) => Promise<unknown>>> = {
  hello: (client) => client.hello(),
  device: (client) => client.device(),
  chain: (client) => client.chain(id),
  upload: (client) => client.upload(id),
  parts: (client) => allOf(client.uploadParts(id)),
  files: (client) => allOf(client.files()),
  points: (client) => allOf(client.points()),
  policy: (client) => client.policy(),
  keyrings: (client) => client.keyringVersions(id),
  problem: (client) =>
    client.device().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    }),
  object: objectOf,
  async range(client) {
    const bytes = await client.readRange(id, 0, rangeBytes);
    if (bytes.length !== rangeBytes) throw new Error("not as many bytes as were asked for");
  },
};

/** Nobody waits here: what would be asked for again later is refused. */
class ImpatientClock extends FakeClock {
  override async sleep(): Promise<void> {
    throw new Failure("cancelled", "sim.impatient", "asked to come back later");
  }
}

/** A vault's side of a connection that says what it is told to, whatever it is asked, and hangs up. */
async function openAnswers() {
  let answer: Uint8Array = new Uint8Array(0);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const ask = async (seed: Seed, said: Uint8Array) => {
    answer = said;
    const client = createVaultClient({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      fetch: createVaultFetch(),
      fill: createRangeReader(),
      clock: new ImpatientClock(),
      random: new SeededRandom(1),
      triesMax: 1,
    });
    const question = questions[subjectOf(seed)];
    if (question === undefined) throw new Error(`no question for ${seed.name}`);
    await question(client);
  };
  return { ask, close: () => void server.close() };
}

/** An answer of 200 around a body. */
const answerOf = (body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\netag: "1"\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);

/** Where a body goes, by the name of its file up to its ending; `:upload` is an open upload of this device. */
const doors: Readonly<Record<string, readonly ["GET" | "POST" | "PUT", string]>> = {
  enrol: ["POST", "enrolments"],
  report: ["POST", "device/reports"],
  acknowledgement: ["POST", "device/policy/acknowledgement"],
  chain: ["PUT", `chains/${id}`],
  open: ["POST", "uploads"],
  compose: ["POST", "uploads/:upload/compose"],
  commit: ["POST", "uploads/:upload/commit"],
  files: ["GET", "files"],
  points: ["GET", "points"],
  parts: ["GET", "uploads/:upload"],
  policy: ["GET", "device/policy"],
  map: ["PUT", "uploads/:upload/block-map"],
  part: ["PUT", "uploads/:upload/parts/1"],
};

/** A vault on PostgreSQL that bodies, queries and headers are sent to: whatever they say, none may be a fault of its own. */
async function openRequests() {
  const vault = await startTestVault();
  const { client, token } = await enrolDevice(vault.harness);
  await client.putChain(id, "home");
  const upload = { key: id, chainId: id, kind: "vbk", fileName: "home.vbk", estimatedBytes: 1_052_672 } as const;
  const { uploadId } = await client.openUpload(upload);

  async function send(seed: Seed, sent: { query?: string; body?: Buffer; headers?: Record<string, string> }) {
    const [method, path] = doors[subjectOf(seed)] ?? ["GET", ""];
    const url = new URL(`${vault.harness.baseUrl}/vault/v1/${path.replace(":upload", uploadId)}?${sent.query ?? ""}`);
    const reply = await fetch(url, {
      method,
      headers: { "content-type": "application/json", ...sent.headers, authorization: `Bearer ${token}` },
      ...(sent.body === undefined ? {} : { body: new Uint8Array(sent.body) }),
    });
    const text = await reply.text();
    if (reply.status >= 500 && reply.status !== 507) throw new Error(`${reply.status} ${text}`);
    const code = text.includes('"vault.invalid"') ? "sim.misshapen" : "sim.refused";
    if (!reply.ok) throw new Failure("invalid", code, `${reply.status} ${text}`);
  }
  return { send, [Symbol.asyncDispose]: () => vault[Symbol.asyncDispose]() };
}

/** Lines `name: value` as far as a client can send them. */
function headersOf(input: Buffer): Record<string, string> {
  const lines = input.toString("latin1").split("\n");
  const found = lines.flatMap((line) => {
    const [, name, value] =
      /^(x-offset|x-holes|x-sha256|if-match|if-none-match|range): ?([\x21-\x7e]*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

const partBody = Buffer.alloc(8192, 7);

/** What the agent reads of a vault's answers, and what a vault reads of an agent's requests. */
export async function openVaultParsers(): Promise<
  AsyncDisposable & { readonly parsers: Readonly<Record<string, Parser>> }
> {
  const requests = await openRequests();
  const answers = await openAnswers();
  return {
    parsers: {
      "vault-answers": { read: (input, seed) => answers.ask(seed, input) },
      "vault-json": { read: (input, seed) => answers.ask(seed, answerOf(input)), mutate: mutateJson },
      "vault-requests": { read: (input, seed) => requests.send(seed, { body: input }), mutate: mutateJson },
      "vault-maps": {
        folder: "block-map",
        read: (input) => {
          const headers = { "x-sha256": createHash("sha256").update(input).digest("hex") };
          return requests.send({ name: "map", bytes: input }, { body: input, headers });
        },
        mutate,
      },
      "vault-queries": {
        read: (input, seed) => requests.send(seed, { query: input.toString("latin1"), headers: {} }),
      },
      "vault-headers": {
        read: (input, seed) =>
          requests.send(seed, {
            headers: headersOf(input),
            ...(seed.name.startsWith("part") ? { body: partBody } : {}),
          }),
      },
    },
    async [Symbol.asyncDispose]() {
      answers.close();
      await requests[Symbol.asyncDispose]();
    },
  };
}
