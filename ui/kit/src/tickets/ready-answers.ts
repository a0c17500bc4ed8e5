/** What the desk says most often, in the customer's language; whoever answers completes it before sending. */
export const readyAnswers = [
  {
    id: "looking",
    it: "Buongiorno,\n\nabbiamo ricevuto la richiesta e la stiamo esaminando. Vi scriviamo appena sappiamo di più.",
    en: "Good morning,\n\nwe have your request and are looking into it. We shall write as soon as we know more.",
  },
  {
    id: "details",
    it: "Buongiorno,\n\nper trovare la causa ci servono: il nome del computer o della casella, l’ora in cui è successo e il testo dell’errore, se c’è.",
    en: "Good morning,\n\nto find the cause we need: the name of the computer or mailbox, the time at which it happened and the text of the error, if there is one.",
  },
  {
    id: "update_agent",
    it: "Buongiorno,\n\nsul vostro computer c’è una versione vecchia dell’agente di backup. Aggiornatelo con il comando «casaforte-agent update»; poi lanciate un backup dalla console, alla pagina del computer, e scriveteci se non riesce.",
    en: "Good morning,\n\nyour computer has an old version of the backup agent. Update it with the command “casaforte-agent update”; then start a backup from the console, on the computer’s page, and write to us if it fails.",
  },
  {
    id: "done",
    it: "Buongiorno,\n\nil problema è risolto. Se qualcosa ancora non va, rispondete a questo messaggio.",
    en: "Good morning,\n\nthe problem is solved. If anything is still wrong, answer this message.",
  },
] as const;
