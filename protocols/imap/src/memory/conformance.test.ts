import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { imapBackendConformance } from "../conformance.ts";
import { imapTranscripts } from "../conformance-transcripts.test-support.ts";
import { MemoryImapBackend } from "./memory-backend.ts";

async function makeSubject(limitBytes: number | null = null) {
  const backend = new MemoryImapBackend({ clock: new FakeClock(), random: new SeededRandom(3) });
  backend.addAccount("bob", "secret", { limitBytes });
  backend.addAccount("ann", "secret");
  return { backend, user: "bob", password: "secret", colleague: "ann", close: async () => {} };
}

imapBackendConformance("the memory store", makeSubject);
imapTranscripts("the memory store", false, makeSubject);
