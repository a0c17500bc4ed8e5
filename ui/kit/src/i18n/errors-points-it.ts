/** Sentences for errors of restore points. */
export const pointErrorsIt = {
  "error.backup.point_not_found": "Questo punto di ripristino non esiste più. Aggiorna la pagina.",
  "error.backup.point_gone": "Qualcosa che serve a questo punto di ripristino non c’è più. Non può tornare.",
  "error.backup.chain_went_on":
    "I backup successivi si appoggiano a un punto precedente: nella catena non c’è più posto per questo. Premi Sfoglia accanto al punto per ripristinarne i file dal cestino, oppure elimina prima i punti successivi e poi recuperalo.",
  "error.backup.file_gone": "Il file di prima, o qualcosa che gli serve, non è più conservato. Il punto resta com’è.",
  "error.backup.point_deleted": "Questo punto di ripristino è nel cestino. Prima recuperalo.",
  "error.backup.verified_lately":
    "Questo punto di ripristino è stato verificato poco fa. Riprova fra {minutes} minuti.",
  "error.backup.too_many_verifications":
    "Oggi sono già stati verificati {max} punti, il massimo in un giorno. Continua domani: ogni mese tutto viene comunque riletto da solo.",
  "error.backup.alarm_open":
    "Un allarme di questo dispositivo è aperto, perciò i suoi punti di ripristino restano. Guardalo, prendine atto e poi elimina.",
  "error.backup.clock_not_steady":
    "Da poco i nostri server sono rimasti fermi o il loro orologio è stato regolato. Per sicurezza per un giorno nessun punto di ripristino si elimina a mano. Riprova domani.",
  "error.backup.dependants_changed":
    "Nel frattempo altri punti di ripristino si appoggiano a questo. Chiudi la finestra, riguarda che cosa andrebbe via insieme e decidi di nuovo.",
  "error.backup.alarm_not_found": "Questo allarme è già stato chiuso. Aggiorna la pagina.",
} as const;
