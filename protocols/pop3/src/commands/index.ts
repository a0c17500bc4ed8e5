import type { Handler, SessionState } from "../session.ts";
import { capa } from "./capa.ts";
import { dele, noop, quit, rset } from "./delete.ts";
import { list, stat, uidl } from "./listing.ts";
import { retr, top } from "./retrieve.ts";
import { auth, pass, user } from "./sign-in.ts";
import { stls } from "./stls.ts";

export interface CommandEntry {
  readonly state: SessionState["name"] | "any";
  readonly run: Handler;
}

/** Every command, by name. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ["CAPA", { state: "any", run: capa }],
  ["QUIT", { state: "any", run: quit }],
  ["USER", { state: "authorization", run: user }],
  ["PASS", { state: "authorization", run: pass }],
  ["AUTH", { state: "authorization", run: auth }],
  ["STLS", { state: "authorization", run: stls }],
  ["STAT", { state: "transaction", run: stat }],
  ["LIST", { state: "transaction", run: list }],
  ["UIDL", { state: "transaction", run: uidl }],
  ["RETR", { state: "transaction", run: retr }],
  ["TOP", { state: "transaction", run: top }],
  ["DELE", { state: "transaction", run: dele }],
  ["RSET", { state: "transaction", run: rset }],
  ["NOOP", { state: "transaction", run: noop }],
]);
