/** Texts of a new device's backup password and first backup; fetched with that dialog. */
export const texts = {
  "key.title": "La password dei backup",
  "key.new": "Una nuova, generata qui",
  "key.own": "Ne ho già una",
  "key.words": "Sette parole",
  "key.only":
    "Le hai solo tu: restano in questa pagina e nel tuo dispositivo. Se si perdono, nessuno può più aprire i tuoi backup, nemmeno noi.",
  "key.save": "Salva come file",
  "key.sheet":
    "Password dei backup del dispositivo «{name}»\n\n{phrase}\n\nSenza queste parole nessuno può aprire i backup, nemmeno il fornitore.\nConservale in un posto sicuro, non sul dispositivo stesso.\n",
  "key.sheetName": "password-backup.txt",
  "key.again": "Per essere certi che tu l’abbia conservata, scrivi due di quelle parole.",
  "key.word": "Parola {place}",
  "key.wrong": "Non è questa. Guarda la parola {place} qui sopra.",
  "key.understood": "L’ho conservata, e so che nessuno può recuperarla",
  "key.ownHint":
    "Al primo backup il dispositivo ti chiede di sceglierla: almeno dieci caratteri, difficili da indovinare.",
  "first.title": "Ora il primo backup, di una cartella piccola",
  "first.hint":
    "Esegui questa riga sul dispositivo. {folder} è solo un esempio: se vuoi, scrivi al suo posto un’altra cartella piccola. Ti chiede la password dei backup, due volte.",
  "first.folder": "~/Documenti",
  "first.label": "Primo backup",
  "first.waiting": "In attesa del primo punto di ripristino…",
  "first.waitingLong":
    "Ancora niente: guarda che cosa ha risposto la riga. Se hai collegato il dispositivo senza «sudo», toglilo anche qui.",
  "first.there": "Il primo backup è qui.",
  "first.restore": "Prova un ripristino",
  "follow.title": "Criterio",
  "follow.change": "Cambia criterio",
  "follow.changeTitle": "Che cosa segue {name}",
  "follow.changeHint": "Vale dal prossimo contatto del dispositivo. I punti già salvati restano.",
  "follow.nonePick": "Nessuno: parte solo se lo chiedi",
  "follow.none": "Nessun criterio: il backup parte solo se lo chiedi tu.",
  "follow.refused": "rifiutato dal dispositivo",
  "follow.next": "Prossimo backup: {when}",
  "follow.noNext": "Il dispositivo non ha ancora detto quando parte il prossimo.",
  "follow.pause": "Metti in pausa",
  "follow.pauseTitle": "Mettere in pausa {name}?",
  "follow.pauseHint":
    "Nessun backup parte da solo fino alla fine della pausa; «Fai il backup ora» funziona lo stesso. I punti salvati restano, e gli avvisi di backup in ritardo continuano.",
  "follow.pauseFor": "Per quanto",
  "follow.days": "{count, plural, one {# giorno} other {# giorni}}",
  "follow.pauseDo": "Metti in pausa",
  "follow.paused": "In pausa",
  "follow.pausedUntil": "Riparte da sé: {when}",
  "follow.resume": "Riprendi ora",
} as const satisfies Record<string, string>;
