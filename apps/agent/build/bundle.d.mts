/** Path of the agent's bundle, built when it is not that of the sources. */
export function agentBundle(): Promise<string>;
/** Writes the bundle to a file. */
export function buildBundle(file: string): Promise<void>;
/** Names of the folders of bundles in a folder that are neither among the newest nor young. */
export function oldBundles(folder: string, nowMs: number): string[];
