export const texts = {
  "leaving.title": "I tuoi dati e la fine del contratto",
  "leaving.exportTitle": "Porta via i tuoi dati",
  "leaving.exportHint":
    "In ogni momento, anche senza chiudere il contratto. Gli archivi sono file tar con un elenco di impronte SHA-256; restano qui sette giorni.",
  "leaving.settings": "Impostazioni, persone, fatture e registri",
  "leaving.settingsHint":
    "JSON e CSV, con lo schema di ogni tabella; persone, caselle e gruppi anche come vCard (addresses.vcf). Senza password né chiavi. Qui non si tengono calendari né rubriche proprie delle persone: non ce ne sono da portare via.",
  "leaving.mail": "Posta di tutte le caselle",
  "leaving.mailHint": "Una cartella Maildir per ogni cartella, con i messaggi come sono arrivati.",
  "leaving.prepare": "Prepara l’archivio",
  "leaving.download": "Scarica",
  "leaving.state.waiting": "In attesa",
  "leaving.state.running": "In preparazione: {files, plural, one {# file} other {# file}}, {bytes}",
  "leaving.state.ready": "Pronto: {bytes}, fino al {date}",
  "leaving.state.failed": "Non riuscito",
  "leaving.state.expired": "Scaduto",
  "leaving.archives": "Archivi",
  "leaving.noArchives": "Nessun archivio ancora",
  "leaving.noArchivesHint": "Prepara quello che ti serve: lo trovi qui appena è pronto.",
  "leaving.requested": "Chiesto il {date}",
  "leaving.backups": "Backup così come sono conservati",
  "leaving.backupsHint":
    "File .vbk, .vib e .vbm, cifrati: li apre solo la password del backup. Per averli in chiaro usa l’agente (comando “export”) finché l’accesso è aperto; il file READ-ME nell’archivio spiega come.",
  "leaving.backupSize": "{files, plural, one {# file} other {# file}}, {bytes}",
  "leaving.noBackups": "Nessuno spazio di backup.",
  "leaving.endTitle": "Fine del contratto",
  "leaving.endHint":
    "Da quando la chiedi hai 30 giorni per portare via i dati. Poi cancelliamo ogni copia e distruggiamo la chiave che le apre: nessuno potrà più leggerle, nemmeno noi. Restano solo le fatture e ciò che la legge ci impone, elencato nel certificato.",
  "leaving.end": "Chiedi la fine del contratto",
  "leaving.endConfirm":
    "Fra 30 giorni tutti i servizi finiscono e tutti i dati sono cancellati. Fino ad allora puoi ripensarci. Scrivi il nome dell’organizzazione per confermare.",
  "leaving.window": "Il contratto finisce",
  "leaving.windowText": "Chiesto il {requested}. I dati restano a disposizione fino al {until}; poi sono cancellati.",
  "leaving.byProvider": "La fine è stata chiesta dal fornitore.",
  "leaving.soon": "Hai chiesto la cancellazione immediata: comincia il {from} e fino ad allora si può annullare.",
  "leaving.erasing": "La cancellazione è in corso.",
  "leaving.cancel": "Annulla la fine",
  "leaving.cancelHint": "Il contratto continua come prima e nulla è cancellato.",
  "leaving.now": "Cancella tutto prima",
  "leaving.nowConfirm":
    "Tutti i dati sono cancellati fra tre giorni, senza aspettare la fine del periodo. Ogni titolare e amministratore è avvisato per posta e fino ad allora può annullare; dopo non si torna indietro. Prima scarica ciò che ti serve.",
  "leaving.notNow": "Annulla la cancellazione anticipata",
  "leaving.notNowHint": "Il contratto finisce come ha deciso il fornitore; i dati restano fino alla fine del periodo.",
  "leaving.claimTitle": "Conserva questo collegamento",
  "leaving.claimText":
    "Dopo la cancellazione non potrai più accedere: il certificato firmato si legge solo da qui. È mostrato adesso e mai più.",
  "leaving.claimLabel": "Collegamento al certificato",
  "leaving.oneTitle": "Chiudi un solo servizio",
  "leaving.oneHint":
    "Uno spazio di backup, o un dominio di posta con le sue caselle. Il contratto e tutto il resto continuano. Hai almeno 30 giorni per scaricare i dati; poi cancelliamo ogni copia e ti diamo un certificato firmato. Fino ad allora il servizio funziona e si paga come prima.",
  "leaving.oneNone": "Nessuno spazio e nessun dominio da chiudere.",
  "leaving.oneEnd.space": "Chiudi questo spazio",
  "leaving.oneConfirm.space":
    "Fra 30 giorni, o quando finisce l’ultimo blocco che i suoi punti di ripristino hanno oggi, se è più tardi, lo spazio e tutto ciò che contiene sono cancellati, anche i punti di ripristino creati o bloccati da ora in poi; i computer che salvano lì smettono di farlo. Ogni titolare e amministratore è avvisato per posta e fino ad allora può annullare. Scrivi il nome dello spazio per confermare.",
  "leaving.oneWindow.space": "Lo spazio «{name}» si chiude",
  "leaving.oneWindowText.space":
    "I backup restano a disposizione fino al {until}; poi sono cancellati. Scaricali prima, qui sopra.",
  "leaving.oneKeep.space": "Tieni lo spazio",
  "leaving.oneKeepHint.space": "Lo spazio «{name}» continua come prima e nulla è cancellato.",
  "leaving.oneNowConfirm.space":
    "Lo spazio è cancellato fra tre giorni, senza aspettare la fine del periodo. Ogni titolare e amministratore è avvisato per posta e fino ad allora può annullare; dopo non si torna indietro.",
  "leaving.oneErased": "Cancellato il {date}",
  "leaving.oneCertificate": "Scarica il certificato",
  "leaving.oneSignature": "Scarica la firma",
  "leaving.kind.space": "Spazio di backup",
  "leaving.kind.mail_domain": "Dominio di posta",
  "leaving.mailOf": "Posta di {domain}",
  "leaving.oneEnd.mail_domain": "Chiudi questo dominio",
  "leaving.oneConfirm.mail_domain":
    "Fra 30 giorni la posta di questo dominio finisce: tutte le sue caselle sono cancellate con la posta che contengono, chi scrive a un suo indirizzo riceve un rifiuto, e la posta che in quel momento aspetta di partire non parte più. Se il dominio continua altrove, cambia prima i suoi record DNS. Ogni titolare e amministratore è avvisato per posta e fino ad allora può annullare. Scrivi il nome del dominio per confermare.",
  "leaving.oneWindow.mail_domain": "La posta di {name} si chiude",
  "leaving.oneWindowText.mail_domain":
    "Le caselle funzionano e la posta resta a disposizione fino al {until}; poi è cancellata. Scaricala prima: prepara qui l’archivio, lo trovi in alto fra gli archivi.",
  "leaving.oneKeep.mail_domain": "Tieni il dominio",
  "leaving.oneKeepHint.mail_domain": "La posta di {name} continua come prima e nulla è cancellato.",
  "leaving.oneNowConfirm.mail_domain":
    "Le caselle del dominio sono cancellate fra tre giorni, senza aspettare la fine del periodo. Ogni titolare e amministratore è avvisato per posta e fino ad allora può annullare; dopo non si torna indietro.",
  "leaving.onePrepare": "Prepara l’archivio della sua posta",
  "leaving.onePreparing": "L’archivio è in preparazione: lo trovi in alto, fra gli archivi.",
} as const;
