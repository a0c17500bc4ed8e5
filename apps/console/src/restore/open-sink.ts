import { Failure } from "@casaforte/kernel";
import type { Sink } from "./protocol.ts";

/** Where the bytes of a download go, in order. */
export interface OpenSink {
  write(bytes: Uint8Array): Promise<void>;
  /** What was written is whole now. The blob is the sink `memory`'s. */
  close(): Promise<Blob | null>;
  /** Nothing of it is left. */
  abort(): Promise<void>;
}

/** Of the page's private file system, in a worker; the compiler's library for windows lacks it. */
interface SyncAccess {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** @throws unavailable `restore.sink` when the browser does not let us write. */
export async function openSink(sink: Sink): Promise<OpenSink> {
  try {
    if (sink.kind === "file") return await chosenFile(sink.handle);
    return sink.kind === "private" ? await privateFile(sink.name) : memory();
  } catch (cause) {
    throw new Failure("unavailable", "restore.sink", "the browser cannot write the file", { cause });
  }
}

/** Appears under its name when it is closed; until then the browser writes beside it. */
async function chosenFile(handle: FileSystemFileHandle): Promise<OpenSink> {
  const stream = await handle.createWritable();
  return {
    write: (bytes) => guarded(() => stream.write(bytes as Uint8Array<ArrayBuffer>)),
    close: async () => {
      await guarded(() => stream.close());
      return null;
    },
    abort: () => stream.abort().catch(() => undefined),
  };
}

async function privateFile(name: string): Promise<OpenSink> {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name, { create: true });
  const access = await (
    handle as unknown as { createSyncAccessHandle(): Promise<SyncAccess> }
  ).createSyncAccessHandle();
  access.truncate(0);
  let at = 0;
  return {
    write: (bytes) =>
      guarded(async () => {
        for (let done = 0; done < bytes.length; ) {
          const written = access.write(bytes.subarray(done), { at });
          if (written === 0) throw new Error("nothing was written");
          done += written;
          at += written;
        }
      }),
    close: async () => {
      access.flush();
      access.close();
      return null;
    },
    abort: async () => {
      access.close();
      await folder.removeEntry(name).catch(() => undefined);
    },
  };
}

function memory(): OpenSink {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    // A copy: the piece may be a view of a whole block.
    write: async (bytes) => void parts.push(bytes.slice()),
    close: async () => new Blob(parts, { type: "application/octet-stream" }),
    abort: async () => void parts.splice(0),
  };
}

/** A disk that is full is told as that. */
async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const isFull = cause instanceof DOMException && cause.name === "QuotaExceededError";
    throw new Failure("unavailable", isFull ? "restore.disk_full" : "restore.sink", "the file cannot be written", {
      cause,
    });
  }
}
