import { Failure } from "@casaforte/kernel";

/** Only plain files carry MD5, and a browser opens sealed ones alone. @throws unsupported `vbk.plain_file`. */
export const md5 = (_bytes: Uint8Array): Uint8Array => {
  throw new Failure("unsupported", "vbk.plain_file", "a browser opens sealed files alone");
};
