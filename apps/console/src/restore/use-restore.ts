import { type OpenRestoreReply, openRestoreReplySchema } from "@casaforte/contract/restore";
import { Failure } from "@casaforte/kernel";
import { ApiProblem, callApi } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type RestoreClient, startRestore } from "./client.ts";
import { clearPrivateFiles } from "./download.ts";
import type { SaveProgress, Secret } from "./protocol.ts";

export type RestoreState =
  | { readonly step: "closed"; readonly wasIdle: boolean }
  | { readonly step: "opening" }
  | {
      readonly step: "open";
      readonly client: RestoreClient;
      readonly facts: OpenRestoreReply;
      readonly entries: number;
      readonly logicalBytes: number;
    };

/** What came of the last try that opened nothing: of that point, and of no other. */
export interface RefusedPoint {
  readonly pointId: string;
  readonly error: unknown;
  /** Versions of the keyring from which to choose, when the newest did not open. */
  readonly keyrings: OpenRestoreReply["keyringVersions"] | null;
}

export interface RestoreHandle {
  readonly state: RestoreState;
  readonly refused: RefusedPoint | null;
  readonly progress: SaveProgress | null;
  /** `keyringVersion`: an older one that the person chose; the newest without. */
  open(deviceId: string, pointId: string, secret: Secret, keyringVersion?: number): Promise<void>;
  close(): void;
}

/** One point at a time, in a worker that ends with the page or when the point is closed. */
export function useRestore(): RestoreHandle {
  const [state, setState] = useState<RestoreState>({ step: "closed", wasIdle: false });
  const [refused, setRefused] = useState<RefusedPoint | null>(null);
  const [progress, setProgress] = useState<SaveProgress | null>(null);
  const client = useRef<RestoreClient | null>(null);
  const queries = useQueryClient();

  const end = useCallback((wasIdle: boolean) => {
    client.current?.close();
    client.current = null;
    setProgress(null);
    setState({ step: "closed", wasIdle });
    void clearPrivateFiles().catch(() => undefined);
  }, []);
  useEffect(() => {
    void clearPrivateFiles().catch(() => undefined);
    return () => {
      client.current?.close();
      client.current = null;
      void clearPrivateFiles().catch(() => undefined);
    };
  }, []);

  const open = useCallback(
    async (deviceId: string, pointId: string, secret: Secret, keyringVersion?: number) => {
      setRefused((before) => (before?.pointId === pointId ? { ...before, error: null } : null));
      setState({ step: "opening" });
      client.current?.close();
      const mine = startRestore({ progress: setProgress, locked: () => end(true) });
      client.current = mine;
      let kept: OpenRestoreReply["keyringVersions"] = [];
      try {
        if (globalThis.crypto?.subtle === undefined)
          throw new Failure("unsupported", "restore.unsupported", "no WebCrypto here");
        const facts = await readFacts(deviceId, pointId, keyringVersion);
        const { chainId, files } = facts;
        kept = facts.keyringVersions;
        const keyring = Uint8Array.from(atob(facts.keyring), (character) => character.charCodeAt(0));
        const opened = await mine.call("unlock", { deviceId, chainId, files, keyring }, secret);
        // For the person's own reminder, which a recovery code proves nothing for; that it could not be noted keeps nobody
        // from restoring.
        if (secret.kind === "password")
          void callApi(`/api/devices/${deviceId}/key-proof`, { method: "POST" })
            .then(() => queries.invalidateQueries({ queryKey: ["devices"] }))
            .catch(() => undefined);
        if (client.current !== mine) return;
        setRefused(null);
        setState({ step: "open", client: mine, facts, ...opened });
      } catch (problem) {
        if (client.current !== mine) return;
        end(false);
        setRefused({ pointId, error: problem, keyrings: isOfKeyring(problem) && kept.length > 1 ? kept : null });
      }
    },
    [end, queries],
  );
  const close = useCallback(() => {
    setRefused(null);
    end(false);
  }, [end]);
  return { state, refused, progress, open, close };
}

/** Whether the keyring is what did not open: a wrong password, or one that is not of this keyring, or no keyring at all. */
const isOfKeyring = (problem: unknown): boolean => problem instanceof Failure && problem.code.startsWith("seal.");

async function readFacts(
  deviceId: string,
  pointId: string,
  keyringVersion: number | undefined,
): Promise<OpenRestoreReply> {
  const query = keyringVersion === undefined ? "" : `?keyringVersion=${keyringVersion}`;
  try {
    return await callChecked(`/api/devices/${deviceId}/points/${pointId}/restores${query}`, {
      method: "POST",
      body: {},
      reply: openRestoreReplySchema,
    });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const kind = { 0: "unavailable", 401: "unauthenticated", 403: "forbidden", 404: "not_found" } as const;
    throw new Failure(
      kind[error.status as keyof typeof kind] ?? "unavailable",
      error.status === 0 || error.status >= 502 ? "restore.network" : error.code,
      "the server refuses",
      { cause: error },
    );
  }
}
