export { type AppendFile, openAppendFile } from "./append-file.ts";
