import { formatRomeTime } from "@casaforte/kernel";
import type { Complaint, ComplaintServices } from "./complaint.ts";

interface Words {
  readonly subject: string;
  readonly text: string;
}
type Provider = Pick<ComplaintServices, "providerName" | "supportAddress">;

/** What whoever complains gets at once. Nobody confirmed the address: nothing that a stranger wrote goes there. */
export function receiptMail(
  { number, receivedAt, language }: Pick<Complaint, "number" | "receivedAt" | "language">,
  { providerName }: Provider,
): Words {
  const when = formatRomeTime(receivedAt.getTime(), language);
  return language === "it"
    ? {
        subject: `[C${number}] Abbiamo ricevuto la segnalazione`,
        text: `La tua segnalazione del ${when} ha il numero C${number}. Una persona di ${providerName} la esamina e ti scrive la decisione.\n\nSe non hai segnalato nulla, qualcuno ha scritto il tuo indirizzo: non devi fare niente.\n`,
      }
    : {
        subject: `[C${number}] We have received your complaint`,
        text: `Your complaint of ${when} has the number C${number}. A person at ${providerName} looks at it and writes you the decision.\n\nIf you reported nothing, somebody wrote your address: you need not do anything.\n`,
      };
}

/** What was decided, why, and where it can be contested (DSA, art. 16 (5)). */
export function decisionMail(
  {
    number,
    language,
    state,
    decision,
  }: Pick<Complaint, "number" | "language" | "state"> & { readonly decision: string },
  { supportAddress }: Provider,
): Words {
  const isUpheld = state === "upheld";
  return language === "it"
    ? {
        subject: `[C${number}] ${isUpheld ? "Segnalazione accolta" : "Segnalazione non accolta"}`,
        text: `${isUpheld ? "Abbiamo accolto la segnalazione e presi i provvedimenti previsti dal contratto con il cliente." : "Non abbiamo accolto la segnalazione."}\n\nMotivi: ${decision}\n\nHa deciso una persona, non un programma. Se non sei d’accordo scrivi a ${supportAddress} citando il numero, oppure rivolgiti al giudice o al coordinatore dei servizi digitali (in Italia AGCOM).\n`,
      }
    : {
        subject: `[C${number}] ${isUpheld ? "Complaint upheld" : "Complaint rejected"}`,
        text: `${isUpheld ? "We have upheld the complaint, and act as the contract with the customer provides." : "We have not upheld the complaint."}\n\nReasons: ${decision}\n\nA person decided, not a program. If you disagree, write to ${supportAddress} with the number, or turn to a court or the Digital Services Coordinator (in Italy AGCOM).\n`,
      };
}
