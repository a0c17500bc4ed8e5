/** Path of the agent's bundle, built when it is not that of the sources. */
export function agentBundle(): Promise<string>;
/** Path of what the program's threads load, beside the bundle. */
export function threadsOf(file: string): string;
/** Writes the bundle to a file, and its threads' one beside it. */
export function buildBundle(file: string): Promise<void>;
/** Names of the folders of bundles in a folder that are neither among the newest nor young. */
export function oldBundles(folder: string, nowMs: number): string[];
