import type { Socket } from "node:net";

/** Where a connection's bytes go, without a buffer made for each of them. */
export interface RoomReader {
  /** Memory for what comes next, never empty; asked for before each read. */
  room(): Uint8Array;
  /** So many bytes lie at the beginning of the last room. False pauses the connection; `resume` goes on. */
  took(count: number): boolean;
}

/**
 * Reads a connection straight into the caller's memory. Node does so for whoever connects (`onread` of `net.connect`), and
 * has no word for it to whoever accepts: a buffer of 64 KiB for each read is most of what receiving costs then (1.6 s of
 * processor time a gigabyte, 0.45 without). So what `onread` leaves in a socket is left there; a TLS connection has the
 * same. Nothing must have been read and not been taken yet. False, and nothing is changed, where a Node keeps it otherwise.
 */
export function readInto(socket: Socket, reader: RoomReader): boolean {
  const fields = new Map(Object.getOwnPropertySymbols(socket).map((symbol) => [symbol.description, symbol]));
  const [buffer, callback, generate] = ["kBuffer", "kBufferCb", "kBufferGen"].map((name) => fields.get(name));
  const handle: unknown = Reflect.get(socket, "_handle");
  if (buffer === undefined || callback === undefined || generate === undefined || !hasUserBuffer(handle)) return false;
  if (socket.readableLength > 0) return false;
  const first = reader.room();
  Reflect.set(socket, buffer, first);
  Reflect.set(socket, callback, (count: number) => reader.took(count));
  Reflect.set(socket, generate, () => reader.room());
  handle.useUserBuffer(first);
  return true;
}

function hasUserBuffer(handle: unknown): handle is { useUserBuffer(buffer: Uint8Array): void } {
  return typeof handle === "object" && handle !== null && typeof Reflect.get(handle, "useUserBuffer") === "function";
}
