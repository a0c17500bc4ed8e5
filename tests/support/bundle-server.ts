import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

/** Where Node found each module: by importer's URL and specifier, its URL and format. */
export type Places = Record<string, Record<string, readonly [url: string, format: string | undefined]>>;

/**
 * Writes the program that begins at `entry`, a URL, as one file for each of its parts that is loaded when it is needed:
 * reading a thousand sources is most of what a command takes. Each module goes on to tell its own place, and packages
 * that are not ECMAScript modules stay where they are. Returns the URL of the first file.
 */
export async function bundleServer(entry: string, places: Places, folder: string): Promise<string> {
  const bundle = await rolldown({
    input: { main: fileURLToPath(entry) },
    platform: "node",
    logLevel: "warn",
    plugins: [
      {
        name: "as-node-found-it",
        async resolveId(specifier, importer) {
          if (importer === undefined || isBuiltin(specifier)) return null;
          const [url, format] = places[pathToFileURL(importer).href]?.[specifier] ?? [];
          const id = url === undefined ? (await this.resolve(specifier, importer))?.id : fileURLToPath(url);
          if (id === undefined) throw new Error(`${importer} imports ${specifier}, which is nowhere`);
          const isOutside = id.includes("/node_modules/") && format !== "module";
          return isOutside ? { id: pathToFileURL(id).href, external: true } : { id };
        },
        load: (id) =>
          /\.[cm]?[jt]s$/.test(id)
            ? readFileSync(id, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
            : null,
      },
    ],
  });
  const { output } = await bundle.generate({
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name].mjs",
  });
  await bundle.close();
  await mkdir(folder, { recursive: true });
  for (const part of output) {
    if (part.type !== "chunk") throw new Error(`${part.fileName} is no module`);
    const made = join(folder, `${part.fileName}.${process.pid}`);
    await writeFile(made, part.code);
    await rename(made, join(folder, part.fileName));
  }
  return pathToFileURL(join(folder, "main.mjs")).href;
}
