/** Sentences for errors of webhooks, of connected programs, of support access and of the sign-up. */
export const programErrorsIt = {
  "error.identity.sign_up_code": "Il codice non è giusto o è scaduto. Guarda nel messaggio più recente.",
  "error.identity.sign_up_expired": "Troppi tentativi o troppo tempo. Ricomincia da capo: basta un minuto.",
  "error.identity.too_many_mails":
    "Un’organizzazione nuova può invitare venti persone al giorno. Riprova domani; se è urgente scrivi all’assistenza.",
  "error.identity.sign_up_closed": "Qui gli account li apre il fornitore. Scrivi alla sua assistenza.",
  "error.identity.program_unknown":
    "Non conosciamo il programma che ti ha mandato qui. Ricomincia dal programma stesso: aggiungi di nuovo l’account.",
  "error.identity.program_redirect":
    "Il programma vuole la risposta in un posto che prima non aveva indicato. Non andare avanti: ricomincia dal programma stesso.",
  "error.identity.program_metadata": "Il programma non ha detto il suo nome, o ne ha detto uno troppo lungo.",
  "error.identity.program_request": "Il programma chiede qualcosa che qui non si dà. Aggiornalo e riprova.",
  "error.identity.program_grant":
    "Questo codice o token non è valido, è già stato usato o non vale più. Collega di nuovo il programma.",
  "error.identity.programs_full": "Hai collegato troppi programmi. Prima scollegane uno.",
  "error.identity.no_program": "Questo programma non è più collegato. Aggiorna l’elenco.",
  "error.identity.bad_mail_token": "L’accesso di questo programma non vale più. Collega di nuovo il programma.",
  "error.spaces.not_vetted":
    "Il tuo account è nuovo: finché non l’abbiamo verificato può avere al massimo {gigabytes, number} GB in {spaces} spazi. Se te ne servono di più, scrivi all’assistenza.",
  "error.mailbox.not_vetted":
    "Il tuo account è nuovo e ha già tutte le caselle che può avere finché non l’abbiamo verificato; quelle eliminate contano finché non spariscono del tutto. Se te ne servono altre, scrivi all’assistenza.",
  "error.mailbox.quota_not_vetted":
    "Il tuo account è nuovo: finché non l’abbiamo verificato una casella può avere al massimo 10 GB. Se te ne serve di più, scrivi all’assistenza.",
  "error.grants.not_found": "Questa richiesta non c’è più. Aggiorna la pagina.",
  "error.grants.too_many": "Questo cliente ha già molte richieste in attesa. Aspetta che risponda.",
  "error.grants.answered": "A questa richiesta si è già risposto, oppure è scaduta. Aggiorna la pagina.",
  "error.grants.beyond": "Non puoi concedere più di quanto è stato chiesto.",
  "error.grants.not_given": "Non c’è un accesso da chiudere. Aggiorna la pagina.",
  "error.grants.not_granted": "Il cliente non ha dato il suo consenso, o l’accesso è finito. Chiedilo dal ticket.",
  "error.grants.bad_code": "Il collegamento è già stato usato o è scaduto. Aprine un altro dal ticket.",
  "error.grants.needs_customer": "Questo può farlo solo una persona del cliente.",
  "error.grants.out_of_reach": "L’accesso dell’assistenza non arriva qui.",
  "error.webhooks.url":
    "L’indirizzo deve cominciare con https://, senza nome utente né password, sulla porta 443 o su una sopra 1023.",
  "error.webhooks.too_many": "Ci sono già dieci webhook. Eliminane uno che non serve più.",
  "error.webhooks.not_found": "Questo webhook non c’è più. Aggiorna la pagina.",
  "error.webhooks.no_delivery": "Questo invio non è più nel registro. Aggiorna la pagina.",
  "error.webhooks.not_active": "Il webhook è fermo. Riattivalo, poi riprova.",
  "error.webhooks.too_many_trials": "Hai già fatto venti prove in un’ora. Attendi un po’ e riprova.",
  "error.webhooks.busy": "La prova è già in corso. Guarda il registro degli invii.",
  "error.webhooks.sealed": "Il segreto di questo webhook non si apre. Creane uno nuovo o scrivi all’assistenza.",
  "error.mailflow.test_catch_all":
    "Un indirizzo che raccoglie tutto non si può provare così: prova un alias o una casella.",
  "error.mailflow.test_outside":
    "Questo indirizzo porta a più di tre indirizzi esterni, o a un’altra organizzazione servita qui: la prova non parte. Prova una casella del gruppo.",
  "error.mailflow.test_pending": "Il dominio non è ancora attivo. Prima provalo con il record DNS.",
  "error.mailflow.too_many_tests": "Hai fatto molte prove in quest’ora. Riprova più tardi.",
} as const;
