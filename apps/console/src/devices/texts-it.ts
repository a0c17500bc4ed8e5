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
  "follow.manual": "Il backup parte solo su richiesta.",
  "follow.noneStarts": "Così com’è non parte nessun backup.",
  "follow.pause": "Metti in pausa",
  "follow.pauseTitle": "Mettere in pausa {name}?",
  "follow.pauseHint":
    "Nessun backup parte da solo fino alla fine della pausa; «Fai il backup ora» funziona lo stesso. I punti salvati restano, e gli avvisi di backup in ritardo continuano, se il criterio li prevede.",
  "follow.pauseFor": "Per quanto",
  "follow.days": "{count, plural, one {# giorno} other {# giorni}}",
  "follow.pauseDo": "Metti in pausa",
  "follow.paused": "In pausa",
  "follow.pausedUntil": "Riparte da sé: {when}",
  "follow.resume": "Riprendi ora",
  "reason.quota": "Lo spazio di backup è pieno. Aumenta la quota o elimina vecchi punti.",
  "reason.store":
    "Lo spazio di archiviazione del fornitore è pieno. Il dispositivo riprova da solo; se continua, scrivi all’assistenza.",
  "reason.suspended": "Lo spazio è sospeso. Leggi gli avvisi o scrivi all’assistenza.",
  "reason.revoked": "Il dispositivo non è più collegato. Collegalo di nuovo.",
  "reason.two":
    "Un altro programma ha salvato per questo dispositivo nello stesso momento. Controlla che l’agente giri una volta sola.",
  "reason.vault":
    "Il servizio di backup non ha risposto come doveva. Il dispositivo riprova da sé; se continua, scrivi all’assistenza.",
  "reason.interrupted": "Interrotto. La prossima volta riparte da dove era.",
  "reason.running": "Un altro backup era già in corso.",
  "reason.disk": "Il disco del dispositivo è pieno. Libera spazio e riprova.",
  "reason.key":
    "La password dei backup manca sul dispositivo o non è più quella. Esegui lì «casaforte-agent remember».",
  "reason.missing": "Una cartella da salvare non c’è. Correggi il criterio o rimettila al suo posto.",
  "reason.unreadable": "Una cartella da salvare non si può leggere. Controlla i permessi sul dispositivo.",
  "reason.snapshot": "Non è stato possibile fare un’istantanea del disco, e il criterio la chiede.",
  "reason.device": "Un disco da salvare non si può leggere.",
  "reason.command": "Il comando di cui si salva l’uscita non è riuscito. Provalo sul dispositivo.",
  "reason.hook": "Il comando previsto prima o dopo il backup non è riuscito. Provalo sul dispositivo.",
  "reason.damaged": "Dei dati riletti non erano come devono. Verifica il punto di ripristino e scrivi all’assistenza.",
  "reason.other": "Non riuscito. Il dispositivo riprova da sé; il motivo è nel suo registro.",
  "reason.said": "Le parole dell’agente: ",
  "took.seconds": "{count, plural, one {durata # secondo} other {durata # secondi}}",
  "took.minutes": "{count, plural, one {durata # minuto} other {durata # minuti}}",
  "took.hours": "{count, plural, one {durata # ora} other {durata # ore}}",
  "note.permission":
    "{count, plural, one {# elemento non letto: l’agente non ha il permesso} other {# elementi non letti: l’agente non ha il permesso}}",
  "note.unreadable":
    "{count, plural, one {# elemento non letto: errore del disco} other {# elementi non letti: errori del disco}}",
  "note.attribute":
    "{count, plural, one {# permesso esteso o attributo non letto} other {# permessi estesi o attributi non letti}}",
  "note.subvolume":
    "{count, plural, one {# sottovolume lasciato fuori: l’istantanea non lo mostra} other {# sottovolumi lasciati fuori: l’istantanea non li mostra}}",
  "note.damaged": "{count, plural, one {# elemento danneggiato} other {# elementi danneggiati}}",
  "note.changed":
    "{count, plural, one {# file cambiato durante la lettura: salvato com’era in quel momento} other {# file cambiati durante la lettura: salvati com’erano in quel momento}}",
  "note.vanished":
    "{count, plural, one {# elemento eliminato durante il backup} other {# elementi eliminati durante il backup}}",
  "note.socket":
    "{count, plural, one {# socket lasciato fuori: non contiene niente da salvare} other {# socket lasciati fuori: non contengono niente da salvare}}",
  "note.skipped":
    "{count, plural, one {# cartella lasciata fuori: del sistema o dell’agente stesso} other {# cartelle lasciate fuori: del sistema o dell’agente stesso}}",
  "note.otherDisk":
    "{count, plural, one {# cartella lasciata fuori: lì è montato un altro disco} other {# cartelle lasciate fuori: lì sono montati altri dischi}}",
  "note.noSnapshot":
    "{count, plural, one {Letto mentre era in uso: nessuna istantanea} other {# cartelle o dischi letti mentre erano in uso: nessuna istantanea}}",
  "note.snapshotLeft":
    "{count, plural, one {# istantanea non si è potuta togliere dal dispositivo} other {# istantanee non si sono potute togliere dal dispositivo}}",
  "note.state":
    "{count, plural, one {# appunto dell’agente sul dispositivo era danneggiato: ne ha fatto a meno} other {# appunti dell’agente sul dispositivo erano danneggiati: ne ha fatto a meno}}",
  "note.pointTime":
    "Un punto non è dell’ora che il vault ne dice: l’orologio del dispositivo era sbagliato, o è un altro punto",
  "note.hook":
    "{count, plural, one {# comando prima o dopo il backup non è riuscito} other {# comandi prima o dopo il backup non sono riusciti}}",
  "note.chain": "Il punto di ripristino precedente era danneggiato: guarda i punti di ripristino",
  "note.notMerged": "I punti più vecchi non si sono potuti unire in un completo: riprova la prossima esecuzione",
  "note.other": "{count, plural, one {# altra nota} other {# altre note}}",
  "note.names":
    "I nomi non vengono mai inviati: restano sul dispositivo, dove «casaforte-agent status» elenca quelli dell’ultima esecuzione.",
} as const satisfies Record<string, string>;
