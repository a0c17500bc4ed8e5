import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { imapBackendConformance } from "../conformance.ts";
import { MemoryImapBackend } from "./memory-backend.ts";

imapBackendConformance("the memory store", async () => {
  const backend = new MemoryImapBackend({ clock: new FakeClock(), random: new SeededRandom(3) });
  backend.addAccount("bob", "secret");
  backend.addAccount("ann", "secret");
  return { backend, user: "bob", password: "secret", colleague: "ann", close: async () => {} };
});
