import { toHex } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { buildSample, MemorySource, sampleBlock } from "../build.test-support.ts";
import { openContainer } from "../open-container.ts";
import type { SealCrypto } from "./crypto-port.ts";
import { createKeyring, unlockKeyring } from "./keyring.ts";
import { nodeCrypto } from "./node-crypto.ts";
import { StorageKey } from "./storage-key.ts";
import { createUnsealer } from "./unsealer.ts";
import { webCrypto } from "./web-crypto.ts";

const random = new SeededRandom(5);

test("WebCrypto's port gives what Node's gives, for each primitive", async () => {
  const [key, iv, salt, info] = [random.bytes(32), random.bytes(16), random.bytes(64), random.bytes(20)];
  for (const length of [0, 1, 15, 16, 17, 1000]) {
    const plain = random.bytes(length);
    const sealed = await webCrypto.encryptCbc(key, iv, plain);
    expect(toHex(sealed)).toBe(toHex(await nodeCrypto.encryptCbc(key, iv, plain)));
    expect(toHex(await webCrypto.decryptCbc(key, iv, sealed))).toBe(toHex(plain));
    for (const port of [webCrypto, nodeCrypto])
      expect(toHex(await port.decryptCbcInPlace(key, iv, sealed.slice()))).toBe(toHex(plain));
    const parts = [plain, salt];
    expect(toHex(await webCrypto.hmacSha256(key, parts))).toBe(toHex(await nodeCrypto.hmacSha256(key, parts)));
    expect(toHex(await webCrypto.sha256(parts))).toBe(toHex(await nodeCrypto.sha256(parts)));
  }
  const derived = [webCrypto, nodeCrypto].map(async (port) => [
    toHex(await port.pbkdf2Sha256(key, salt, 1000, 48)),
    toHex(await port.hkdfSha256(key, salt, info, 80)),
  ]);
  expect((await Promise.all(derived))[0]).toEqual((await Promise.all(derived))[1]);
  await expect(webCrypto.decryptCbc(key, iv, new Uint8Array(16))).rejects.toThrow();
});

test("R54: a file sealed by the agent opens through WebCrypto, and a flipped bit is refused before it is decrypted", async () => {
  const storageKey = StorageKey.generate(random);
  const plain = sampleBlock("text", 3);
  const { bytes } = buildSample({ blocks: new Map([[0, plain]]), imageBlocks: 2, storageKey });
  const open = (file: Uint8Array) =>
    openContainer(new MemorySource(file), { unsealer: createUnsealer(storageKey, webCrypto) });
  const container = await open(bytes);
  expect(await container.readBlock(0)).toEqual(new Uint8Array(plain));
  const damaged = bytes.slice();
  const at = container.storedBlock(0).offset + 40;
  damaged[at] = (damaged[at] ?? 0) ^ 1;
  await expect((await open(damaged)).readBlock(0)).rejects.toMatchObject({ code: "vbk.block_authentication" });
});

test("a password made with Node's port opens the chain with WebCrypto's, and a wrong one is told", async () => {
  const chainId = "00000000-0000-7000-8000-00000000c4a1";
  const { keyring, storageKey } = await createKeyring({ chainId, password: "Pàssword €1" }, { random, nowMs: 1 });
  const opened = await unlockKeyring(keyring, { kind: "password", password: "Pàssword €1" }, webCrypto);
  expect(opened.material).toEqual(storageKey.material);
  await expect(unlockKeyring(keyring, { kind: "password", password: "no" }, webCrypto)).rejects.toMatchObject({
    code: "seal.wrong_password",
  });
});

test("a file's banks are opened where they lie, in pieces of the cipher or at once", async () => {
  const [key, iv] = [random.bytes(32), random.bytes(16)];
  for (const length of [65_535, 65_536, 200_000]) {
    const plain = random.bytes(length);
    const room = (await nodeCrypto.encryptCbc(key, iv, plain)).slice();
    const opened = await nodeCrypto.decryptCbcInPlace(key, iv, room);
    expect(opened.buffer).toBe(room.buffer);
    expect(Buffer.from(opened).equals(plain)).toBe(true);
  }
  const storageKey = StorageKey.generate(random);
  const plain = sampleBlock("text", 4);
  const { bytes } = buildSample({ blocks: new Map([[0, plain]]), imageBlocks: 2, storageKey });
  const banks: Uint8Array[] = [];
  const port: SealCrypto = {
    ...nodeCrypto,
    decryptCbcInPlace(...input) {
      banks.push(input[2]);
      return nodeCrypto.decryptCbcInPlace(...input);
    },
  };
  const source = new MemorySource(bytes);
  const container = await openContainer(source, { unsealer: createUnsealer(storageKey, port) });
  expect(banks).toHaveLength(2);
  expect(await container.readBlock(0)).toEqual(new Uint8Array(plain));
  // The source has lost nothing by it.
  expect((await openContainer(source, { unsealer: createUnsealer(storageKey) })).warnings).toEqual([]);
});
