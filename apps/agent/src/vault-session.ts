import { Failure } from "@casaforte/kernel";
import { createVaultClient, type VaultClient, type VaultPause } from "@casaforte/vault";
import { systemClock, systemRandom } from "./outside.ts";
import { withPartStreams } from "./part-sender.ts";
import { createRangeReader } from "./range-reader.ts";
import { createVaultFetch } from "./vault-fetch.ts";

export interface VaultAddress {
  readonly vaultUrl: string;
  /** Absent for enrolment. */
  readonly token?: string;
  readonly onPause?: (pause: VaultPause) => void;
  /** Tries of one request; the library's default when absent. */
  readonly triesMax?: number;
}

/** A client of the vault at this address. @throws invalid `agent.usage` for an address that is no http(s) URL. */
export function connectVault(address: VaultAddress): VaultClient {
  return createVaultClient({
    baseUrl: checkedUrl(address.vaultUrl),
    fetch: withPartStreams(createVaultFetch()),
    fill: createRangeReader(),
    clock: systemClock,
    random: systemRandom,
    ...(address.token === undefined ? {} : { token: address.token }),
    ...(address.onPause === undefined ? {} : { onPause: address.onPause }),
    ...(address.triesMax === undefined ? {} : { triesMax: address.triesMax }),
  });
}

/** Tokens travel in the clear over plain HTTP, so it is for loopback only. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback)) return text;
  throw new Failure("invalid", "agent.usage", "the vault's address must begin with https://");
}
