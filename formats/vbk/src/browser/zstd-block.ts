import { Failure } from "@casaforte/kernel";

const unsupported = (): Failure =>
  new Failure("unsupported", "vbk.zstd_browser", "the zstd profile is restored by the agent, not in a browser");

/** Browsers have no zstd decoder yet. @throws unsupported `vbk.zstd_browser`. */
export const compressZstd = (_plain: Uint8Array): never => {
  throw unsupported();
};

/** @throws unsupported `vbk.zstd_browser`. */
export const uncompressZstd = (_stored: Uint8Array, _plainBytes: number): Uint8Array => {
  throw unsupported();
};
