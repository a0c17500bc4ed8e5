/** Sentences for errors of backup policies. */
export const policyErrorsIt = {
  "error.policies.not_found": "Questo criterio non esiste più. Aggiorna la pagina.",
  "error.policies.name_taken": "C’è già un criterio con questo nome. Scegline un altro.",
  "error.policies.too_many": "Hai raggiunto il numero massimo di criteri. Eliminane uno prima.",
  "error.policies.too_large": "Il criterio è troppo lungo. Accorcia gli elenchi di percorsi ed esclusioni.",
  "error.policies.schedule": "L’orario non è valido. Controlla la riga cron e il fuso orario.",
  "error.policies.version_moved": "Qualcun altro ha cambiato questo criterio nel frattempo. Riaprilo.",
  "error.policies.pause": "Scegli una fine entro i prossimi 90 giorni.",
  "error.policies.none_followed":
    "Il dispositivo non segue nessun criterio, quindi niente parte da solo. Scegli prima un criterio.",
  "error.policies.device_revoked": "Il dispositivo è revocato e non può più lavorare. Registralo di nuovo.",
} as const;
