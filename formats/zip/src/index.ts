export { zipName, zipNameBytesMax } from "./zip-name.ts";
export { type Deflate, type ZipEntry, ZipWriter } from "./zip-writer.ts";
