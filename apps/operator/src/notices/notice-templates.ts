/** What notices say most often, in both languages; whoever writes one fills in what is known. */
export interface NoticeTemplate {
  readonly id: "host_down" | "backup_slow" | "mail_late" | "console_away" | "maintenance";
  readonly kind: "incident" | "maintenance";
  readonly severity: "minor" | "major" | "critical";
  readonly services: readonly ("backup" | "mail" | "console")[];
  readonly titleIt: string;
  readonly titleEn: string;
  readonly textIt: string;
  readonly textEn: string;
}

export const noticeTemplates: readonly NoticeTemplate[] = [
  {
    ...{ id: "host_down", kind: "incident", severity: "critical", services: ["backup"] },
    titleIt: "Una parte dei backup non è raggiungibile",
    titleEn: "Some backups cannot be reached",
    textIt:
      "Un server che conserva i backup non risponde. I backup in corso riprendono da soli appena torna; i dati già salvati non sono andati perduti. Stiamo sostituendo la parte guasta e vi scriviamo ancora entro un’ora.",
    textEn:
      "A server that keeps backups does not answer. Backups that were running go on by themselves once it is back; what was stored is not lost. We are replacing the faulty part and shall write again within an hour.",
  },
  {
    ...{ id: "backup_slow", kind: "incident", severity: "minor", services: ["backup"] },
    titleIt: "Backup e ripristini più lenti del solito",
    titleEn: "Backups and restores are slower than usual",
    textIt:
      "Backup e ripristini funzionano, ma impiegano più tempo del solito. Non dovete fare nulla. Vi scriviamo quando la velocità torna normale.",
    textEn:
      "Backups and restores work but take longer than usual. There is nothing that you need to do. We shall write when they are back to their usual speed.",
  },
  {
    ...{ id: "mail_late", kind: "incident", severity: "major", services: ["mail"] },
    titleIt: "Posta consegnata in ritardo",
    titleEn: "Mail is delivered late",
    textIt:
      "I messaggi in arrivo e in partenza sono consegnati in ritardo. Nessun messaggio va perduto: restano in coda e partono da soli. Vi scriviamo ancora entro un’ora.",
    textEn:
      "Messages that come and go are delivered late. No message is lost: they wait in a queue and leave by themselves. We shall write again within an hour.",
  },
  {
    ...{ id: "console_away", kind: "incident", severity: "minor", services: ["console"] },
    titleIt: "La console non risponde",
    titleEn: "The console does not answer",
    textIt:
      "La console non si apre. Backup e posta funzionano come sempre. Vi scriviamo quando la console torna raggiungibile.",
    textEn:
      "The console does not open. Backups and mail work as ever. We shall write when the console can be reached again.",
  },
  {
    ...{ id: "maintenance", kind: "maintenance", severity: "minor", services: ["backup"] },
    titleIt: "Manutenzione programmata",
    titleEn: "Planned maintenance",
    textIt:
      "Nel periodo indicato aggiorniamo il servizio. Può fermarsi per qualche minuto; ciò che si interrompe riprende da solo e non dovete fare nulla.",
    textEn:
      "In the time given below we update the service. It may stop for some minutes; what is interrupted goes on by itself, and there is nothing that you need to do.",
  },
];
