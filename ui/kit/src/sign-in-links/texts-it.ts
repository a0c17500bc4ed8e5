/** Texts of the pages that links lead to; fetched with them. */
export const texts = {
  "links.login": "Indirizzo e-mail",
  "links.name": "Nome e cognome",
  "links.language": "Lingua",
  "links.newPassword": "Nuova password",
  "links.passwordHint": "Almeno 12 caratteri. Tre o quattro parole che non c’entrano tra loro vanno benissimo.",
  "links.passwordMissing": "{missing, plural, one {Manca ancora # carattere.} other {Mancano ancora # caratteri.}}",
  "links.passwordLong": "Abbastanza lunga.",
  "links.showPassword": "Mostra la password",
  "links.toSignIn": "Vai all’accesso",
  "links.dead": "Questo collegamento non vale più",
  "links.cutShort": "Il collegamento è incompleto",
  "links.cutShortHint": "Apri quello del messaggio, o copialo tutto intero: a volte i programmi di posta lo spezzano.",
  "links.invitation.title": "Accetta l’invito",
  "links.invitation.intro": "{tenant} ti ha invitato: scegli una password per entrare.",
  "links.invitation.accept": "Accetta ed entra",
  "links.invitation.dead":
    "L’invito è già stato usato o è scaduto. Se l’hai accettato tu, accedi con la tua password; altrimenti chiedi a chi ti ha invitato di mandartene un altro.",
  "links.forgotten.title": "Hai dimenticato la password?",
  "links.forgotten.intro": "Scrivi l’indirizzo con cui accedi: ti mandiamo un collegamento per sceglierne una nuova.",
  "links.forgotten.send": "Manda il collegamento",
  "links.forgotten.sent": "Guarda la posta",
  "links.forgotten.sentHint":
    "Se {login} accede qui, tra poco arriva un messaggio con un collegamento che vale 30 minuti. Non arriva? Guarda nello spam, poi chiedilo di nuovo dopo due minuti.",
  "links.forgotten.mailboxIntro":
    "Scrivi l’indirizzo della casella: mandiamo un collegamento all’indirizzo di recupero che hai confermato nelle impostazioni.",
  "links.forgotten.mailboxSentHint":
    "Se {login} ha un indirizzo di recupero, lì arriva tra un momento un messaggio con un collegamento; vale per 30 minuti. Se non l’hai mai impostato, chiedi una password nuova all’amministratore della posta: nella casella tutto resta com’è.",
  "links.reset.title": "Scegli una nuova password",
  "links.reset.intro": "Le sessioni aperte saranno chiuse su tutti i dispositivi.",
  "links.reset.mailboxIntro":
    "Le sessioni aperte saranno chiuse su tutti i dispositivi, e saranno tolti anche i programmi collegati e le password per app.",
  "links.reset.submit": "Cambia la password",
  "links.reset.done": "Password cambiata",
  "links.reset.doneHint": "Ora accedi come {login} con la nuova password. Tutte le altre sessioni sono state chiuse.",
  "links.reset.mailboxDoneHint":
    "Ora accedi come {login} con la nuova password. Tutte le altre sessioni sono state chiuse, e sono stati tolti anche i programmi collegati e le password per app.",
  "links.reset.dead": "Il collegamento è già stato usato o sono passati i 30 minuti. Chiedine un altro.",
  "links.reset.again": "Chiedi un altro collegamento",
  "links.address.title": "Conferma il nuovo indirizzo",
  "links.address.intro": "Da quando confermi, accedi con questo indirizzo e non più con quello di prima.",
  "links.address.submit": "Conferma l’indirizzo",
  "links.address.done": "Indirizzo confermato",
  "links.address.doneHint": "Da ora accedi come {login}. Abbiamo avvisato anche l’indirizzo di prima.",
  "links.address.dead":
    "Il collegamento è già stato usato o è scaduto. Accedi con l’indirizzo di prima e chiedi di nuovo il cambio nella pagina Sicurezza.",
  "links.recovery.title": "Conferma l’indirizzo di recupero",
  "links.recovery.intro":
    "Quando confermi, il collegamento per una nuova password della casella arriva qui. Conferma solo se la casella è tua.",
  "links.recovery.submit": "Conferma l’indirizzo",
  "links.recovery.done": "Indirizzo di recupero confermato",
  "links.recovery.doneHint":
    "Se un giorno dimentichi la password di {login}, il collegamento per sceglierne una nuova arriva a questo indirizzo.",
  "links.recovery.dead":
    "Il collegamento è già stato usato o è scaduto. Entra nella casella e chiedine un altro in Impostazioni, Sicurezza.",
  "links.setup.title": "Il primo operatore",
  "links.setup.intro":
    "Questa installazione non ha ancora nessuno. Chi la prepara ora ha tutti i ruoli e può invitare gli altri.",
  "links.setup.submit": "Crea l’operatore",
  "links.setup.dead":
    "Il collegamento è già stato usato o è scaduto. Se il primo operatore c’è già, accedi; altrimenti riavvia il programma, che ne stampa un altro.",
} as const satisfies Record<string, string>;
