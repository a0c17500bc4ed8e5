/** The part of a file that was asked for; whole when nothing, or more than one part, was (RFC 9110 §14.2). */
export type ByteRange =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly fromBytes: number; readonly lengthBytes: number }
  | { readonly kind: "unsatisfiable" };

const whole: ByteRange = { kind: "whole" };

export function byteRangeOf(header: string | undefined, sizeBytes: number): ByteRange {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "");
  if (found === null) return whole;
  const [, first = "", final = ""] = found;
  if (first === "" && final === "") return whole;
  const fromBytes = first === "" ? Math.max(0, sizeBytes - Number(final)) : Number(first);
  const untilBytes = first === "" || final === "" ? sizeBytes : Math.min(sizeBytes, Number(final) + 1);
  if (first !== "" && final !== "" && Number(final) < fromBytes) return whole;
  if (fromBytes >= sizeBytes) return { kind: "unsatisfiable" };
  return { kind: "part", fromBytes, lengthBytes: untilBytes - fromBytes };
}
