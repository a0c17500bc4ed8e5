export { zipName, zipNameBytesMax } from "./zip-name.ts";
export { type ZipEntry, ZipWriter } from "./zip-writer.ts";
