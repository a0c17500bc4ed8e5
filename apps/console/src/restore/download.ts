import { restoreLimits } from "./limits.ts";
import type { SaveReport, Sink } from "./protocol.ts";

type Picker = (options: { readonly suggestedName: string }) => Promise<FileSystemFileHandle>;

/** The browser's own dialog for a file to write to; not every browser has it. */
const picker = (): Picker | null => {
  const found: unknown = Reflect.get(globalThis, "showSaveFilePicker");
  return typeof found === "function" ? (found as Picker) : null;
};

const prefix = "casaforte-restore-";

/** The most that this browser can be asked to save at once; null when it writes straight to a file. */
export const saveBytesMax = (): number | null => (picker() === null ? restoreLimits.downloadBytesMax : null);

/**
 * Asks where to save, or chooses for a browser that cannot ask. Null when the person changed their mind. To be called
 * at a click: browsers open the dialog for nothing else.
 */
export async function chooseSink(name: string, bytes: number): Promise<Sink | null> {
  const pick = picker();
  if (pick !== null) {
    try {
      return { kind: "file", handle: await pick({ suggestedName: name }) };
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return null;
      throw error;
    }
  }
  const hasPrivate = typeof navigator.storage?.getDirectory === "function";
  if (bytes <= restoreLimits.memoryBytesMax || !hasPrivate) return { kind: "memory" };
  return { kind: "private", name: `${prefix}${crypto.randomUUID()}` };
}

/** Hands what was saved to the browser as a download of that name. A chosen file is there already. */
export async function deliver(sink: Sink, report: SaveReport, name: string): Promise<void> {
  const blob = sink.kind === "private" ? await privateFile(sink.name) : report.blob;
  if (blob === null) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken hold of the bytes by then; the address is only kept from piling up.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function privateFile(name: string): Promise<Blob> {
  const folder = await navigator.storage.getDirectory();
  return (await folder.getFileHandle(name)).getFile();
}

/** Removes plain bytes that earlier downloads left in the page's private file system. */
export async function clearPrivateFiles(): Promise<void> {
  if (typeof navigator.storage?.getDirectory !== "function") return;
  const folder = await navigator.storage.getDirectory();
  const names: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
    if (name.startsWith(prefix)) names.push(name);
  for (const name of names) await folder.removeEntry(name).catch(() => undefined);
}
