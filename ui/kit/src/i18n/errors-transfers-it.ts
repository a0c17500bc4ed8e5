/** Sentences for errors of mail brought from another server. */
export const transferErrorsIt = {
  "error.transfers.login_refused":
    "L’altro server rifiuta nome utente o password. Controllali (alcuni fornitori vogliono una password per le app) e riprendi.",
  "error.transfers.certificate":
    "Il certificato dell’altro server non è valido per questo nome. Usa il nome indicato dal vecchio fornitore e riprendi.",
  "error.transfers.no_tls":
    "L’altro server non offre una connessione cifrata su questa porta. Prova l’altro tipo di connessione.",
  "error.transfers.unreachable":
    "L’altro server non risponde. Riproviamo da soli; se continua, controlla nome e porta.",
  "error.transfers.refused":
    "L’altro server rifiuta di aprire una cartella o di rispondere. Riproviamo da soli; ciò che continua a rifiutare è elencato alla fine.",
  "error.transfers.folder_refused":
    "L’altro server non ha aperto questa cartella, o non tutta. Controlla che questo utente possa leggerla e avvia di nuovo la migrazione: si copia solo ciò che manca.",
  "error.transfers.folder_gone": "L’altro server non apre questa cartella. Controlla se esiste ancora.",
  "error.transfers.message_withheld":
    "L’altro server non consegna questo messaggio. Aprilo nel vecchio programma di posta e inoltralo qui.",
  "error.transfers.host": "Non è il nome di un server. Scrivilo come imap.fornitore.it.",
  "error.transfers.port": "Questa porta non è ammessa: usa 993, 143 o una sopra 1023.",
  "error.transfers.user": "Il nome utente non è valido. Scrivilo su una riga sola.",
  "error.transfers.running": "Per questa casella c’è già una migrazione in corso. Aspetta che finisca o annullala.",
  "error.transfers.too_many": "Ci sono troppe migrazioni in corso. Aspetta che ne finisca qualcuna.",
  "error.transfers.not_there": "Questa migrazione non c’è più. Aggiorna l’elenco.",
  "error.transfers.other_state": "Intanto lo stato della migrazione è cambiato. Aggiorna l’elenco.",
  "error.transfers.sealed": "La password conservata non si può più leggere. Riprendi scrivendola di nuovo.",
  "error.transfers.takeout_running": "Si sta già preparando un archivio di questa casella. Aspetta che sia pronto.",
  "error.transfers.no_takeout": "Questo archivio non c’è più. Preparane uno nuovo.",
  "error.transfers.no_account": "Qui non c’è una casella con questo indirizzo. Creala prima, poi riprova.",
  "error.transfers.message_too_large":
    "Il messaggio è più grande di quanto questo server accetti. Salva i suoi allegati dal vecchio programma di posta.",
} as const satisfies Record<string, string>;
