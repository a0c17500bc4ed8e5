import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { assert } from "@casaforte/kernel";

const sequence = 0x30;
const set = 0x31;
const objectId = 0x06;
const octets = 0x04;
const bits = 0x03;

const ecdsaWithSha256 = Buffer.from("2a8648ce3d040302", "hex");
const extensionRequest = Buffer.from("2a864886f70d01090e", "hex");
const subjectAltName = Buffer.from("551d11", "hex");

/** One value in DER (X.690 §8.1, §10.1). */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  assert(length < 0x1_00_00, "a request for one name is short");
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), body]);
  if (length < 0x1_00) return Buffer.concat([Uint8Array.of(tag, 0x81, length), body]);
  return Buffer.concat([Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), body]);
}

/**
 * A request for a certificate of one host name (PKCS #10, RFC 2986), in DER, signed by its P-256 key. The subject is empty;
 * the name stands where clients look for it (RFC 8555 §7.4).
 */
export function certificateRequest(name: string, keyPem: string): Buffer {
  assert(/^[a-z0-9.-]{1,253}$/.test(name), "a host name is in lower-case A-labels");
  const key = createPrivateKey(keyPem);
  const names = der(sequence, der(0x82, Buffer.from(name, "latin1")));
  const extension = der(sequence, der(objectId, subjectAltName), der(octets, names));
  const attribute = der(sequence, der(objectId, extensionRequest), der(set, der(sequence, extension)));
  const body = der(
    sequence,
    der(0x02, Uint8Array.of(0)),
    der(sequence),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    der(0xa0, attribute),
  );
  const signature = sign("sha256", body, key);
  return der(sequence, body, der(sequence, der(objectId, ecdsaWithSha256)), der(bits, Uint8Array.of(0), signature));
}
