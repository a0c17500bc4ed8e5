import { formatRomeTime } from "@casaforte/kernel";
import type { Incident, IncidentStep } from "./incident.ts";

const heads = {
  it: {
    customers: "Violazione di dati personali che riguarda la vostra organizzazione",
    authority: "Notifica di violazione di dati personali (art. 33 GDPR)",
    early_warning: "Preallarme di incidente significativo (art. 23, par. 4, lett. a, direttiva (UE) 2022/2555)",
    notification: "Notifica di incidente significativo (art. 23, par. 4, lett. b, direttiva (UE) 2022/2555)",
    final_report: "Relazione finale (art. 23, par. 4, lett. d, direttiva (UE) 2022/2555)",
  },
  en: {
    customers: "A breach of personal data that concerns your organisation",
    authority: "Notification of a personal data breach (GDPR, art. 33)",
    early_warning: "Early warning of a significant incident (Directive (EU) 2022/2555, art. 23 (4) (a))",
    notification: "Notification of a significant incident (Directive (EU) 2022/2555, art. 23 (4) (b))",
    final_report: "Final report (Directive (EU) 2022/2555, art. 23 (4) (d))",
  },
} as const satisfies Record<"it" | "en", Record<IncidentStep, string>>;

/** What is sent at a step, out of what is known; a person reads and completes it first (R84, R85). */
export function draftOf(
  incident: Pick<Incident, "title" | "facts" | "persons" | "remedies" | "awareAt">,
  step: IncidentStep,
  language: "it" | "en",
): { readonly subject: string; readonly text: string } {
  const { title, facts, persons, remedies, awareAt } = incident;
  const at = formatRomeTime(awareAt.getTime(), language);
  const subject = heads[language][step];
  const text =
    language === "it"
      ? `${subject}\n\n${title}\n\nNe siamo venuti a conoscenza il ${at}.\n\nChe cosa è successo\n${facts}\n\nChi è interessato\n${persons}\n\nChe cosa abbiamo fatto e che cosa consigliamo\n${remedies}\n`
      : `${subject}\n\n${title}\n\nWe became aware of it on ${at}.\n\nWhat happened\n${facts}\n\nWho is concerned\n${persons}\n\nWhat we have done, and what we advise\n${remedies}\n`;
  return { subject, text };
}
