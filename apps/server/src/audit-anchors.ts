import { createPrivateKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Config } from "@casaforte/platform/config";
import type { Stores } from "./stores.ts";

/** PKCS #8 of an Ed25519 key is this and the 32-byte seed (RFC 8410 §7). */
const ed25519Pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

const keyFor = (stores: Pick<Stores, "secret">, purpose: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([ed25519Pkcs8Head, stores.secret(purpose)]),
    format: "der",
    type: "pkcs8",
  });

/** Signs the audit heads that are kept outside the database (R89). */
export const anchorKey = (stores: Pick<Stores, "secret">): KeyObject => keyFor(stores, "audit anchor");

/** Signs deletion certificates and evidence packs (R61, R67). */
export const certificateKey = (stores: Pick<Stores, "secret">): KeyObject => keyFor(stores, "certificate");

/** Signs the agent that customers' machines install and update themselves to. */
export const releaseKey = (stores: Pick<Stores, "secret">): KeyObject => keyFor(stores, "agent release");

/** Where those heads go; copy it to another machine, or mount it append-only. */
export const anchorFileOf = (config: Config): string => join(config.data, "audit-anchors.jsonl");
