import type { Language } from "./types.ts";

export type SystemMailTemplate =
  | "invitation"
  | "password_reset"
  | "password_changed"
  | "login_change_confirm"
  | "login_changed"
  | "second_factor_changed"
  | "program_allowed"
  | "program_ended"
  | "share_given"
  | "many_shares_given"
  | "recovery_address_confirm"
  | "recovery_address_set"
  | "recovery_address_removed"
  | "account_disabled"
  | "sign_up_code"
  | "sign_up_known";

/** A mail of the service itself to one address; rendered by `renderSystemMail`. */
export interface SystemMail {
  readonly to: string;
  readonly template: SystemMailTemplate;
  readonly language: Language;
  readonly values: Readonly<Record<string, string>>;
}

type Text = readonly [subject: string, body: string];

/** Plain text only: a link in a mail about passwords should show where it leads. `{name}` is replaced by a value. */
const templates: Readonly<Record<SystemMailTemplate, Readonly<Record<Language, Text>>>> = {
  invitation: {
    it: [
      "Invito a {product}",
      "{inviter} ti invita a {tenant} su {product}.\n\nPer accettare e scegliere la password apri:\n{link}\n\nIl collegamento vale una volta sola, fino al {until}. Se non aspettavi questo invito, ignoralo.",
    ],
    en: [
      "Invitation to {product}",
      "{inviter} invites you to {tenant} on {product}.\n\nTo accept and choose a password, open:\n{link}\n\nThe link works once, until {until}. If you did not expect this invitation, ignore it.",
    ],
  },
  password_reset: {
    it: [
      "Nuova password per {product}",
      "Qualcuno, forse tu, ha chiesto una nuova password per {login}.\n\nPer sceglierla apri:\n{link}\n\nIl collegamento vale una volta sola, fino al {until}. Se non sei stato tu, ignora questo messaggio: la password resta quella di prima.",
    ],
    en: [
      "New password for {product}",
      "Somebody, maybe you, asked for a new password for {login}.\n\nTo choose it, open:\n{link}\n\nThe link works once, until {until}. If it was not you, ignore this message: the password stays as it was.",
    ],
  },
  password_changed: {
    it: [
      "La password è stata cambiata",
      "La password di {login} su {product} è stata cambiata il {at} dall'indirizzo {ip}. Tutte le sessioni sono state chiuse.\n\nSe non sei stato tu, scrivi subito all'assistenza.",
    ],
    en: [
      "Your password was changed",
      "The password of {login} on {product} was changed at {at} from address {ip}. All sessions were ended.\n\nIf it was not you, write to support at once.",
    ],
  },
  login_change_confirm: {
    it: [
      "Conferma il nuovo indirizzo",
      "Per usare questo indirizzo per entrare in {product} apri:\n{link}\n\nIl collegamento vale una volta sola, fino al {until}.",
    ],
    en: [
      "Confirm your new address",
      "To sign in to {product} with this address, open:\n{link}\n\nThe link works once, until {until}.",
    ],
  },
  login_changed: {
    it: [
      "L'indirizzo di accesso è stato cambiato",
      "Dal {at} si entra in {product} con {login} e non più con questo indirizzo. Se non sei stato tu, scrivi subito all'assistenza.",
    ],
    en: [
      "Your sign-in address was changed",
      "Since {at} the sign-in address on {product} is {login} and no longer this one. If it was not you, write to support at once.",
    ],
  },
  second_factor_changed: {
    it: [
      "Verifica in due passaggi cambiata",
      "Il {at}, dall'indirizzo {ip}, la verifica in due passaggi di {login} su {product} è stata cambiata: {change}.\n\nSe non sei stato tu, scrivi subito all'assistenza.",
    ],
    en: [
      "Two-step sign-in changed",
      "At {at}, from address {ip}, two-step sign-in of {login} on {product} was changed: {change}.\n\nIf it was not you, write to support at once.",
    ],
  },
  program_allowed: {
    it: [
      "Un programma è stato collegato alla tua casella",
      "Il {at}, dall'indirizzo {ip}, un programma che si presenta come «{name}» è stato autorizzato a usare la casella {login} su {product}: {protocols}. Non conosce la tua password.\n\nSe non sei stato tu, scollegalo in {link}, Impostazioni, Sicurezza, Programmi collegati; poi cambia la password e scrivi subito all'assistenza.",
    ],
    en: [
      "A program was connected to your mailbox",
      "At {at}, from address {ip}, a program that calls itself “{name}” was allowed to use the mailbox {login} on {product}: {protocols}. It does not know your password.\n\nIf it was not you, disconnect it at {link}, Settings, Security, Connected programs; then change your password and write to support at once.",
    ],
  },
  program_ended: {
    it: [
      "Un programma è stato scollegato dalla tua casella",
      "Il {at} il programma che si presenta come «{name}» è stato scollegato dalla casella {login} su {product}: dall'indirizzo {ip} qualcuno ha usato un suo codice o una sua chiave che valeva una volta sola ed era già stata usata, o che era di un altro programma.\n\nPuò averlo fatto il programma stesso, per esempio dopo il ripristino di una copia del dispositivo: allora ricollegalo. Ma può anche essere qualcuno che ha rubato la chiave e ha letto la tua posta fino ad ora. Se non sai spiegartelo, controlla il dispositivo, guarda gli altri programmi collegati in {link}, Impostazioni, Sicurezza, e scrivi subito all'assistenza.",
    ],
    en: [
      "A program was disconnected from your mailbox",
      "At {at} the program that calls itself “{name}” was disconnected from the mailbox {login} on {product}: at address {ip} somebody used a code or key of it that is good once and had been used already, or that belonged to another program.\n\nIt may have been the program itself, after a copy of its device was restored, say: then connect it again. But it may also be somebody who stole the key and read your mail until now. If you cannot explain it, check the device, look at the other connected programs at {link}, Settings, Security, and write to support at once.",
    ],
  },
  share_given: {
    it: [
      "La tua casella è stata condivisa",
      "Il {at}, dall'indirizzo {ip}, {address} è stato autorizzato a usare {what} {login} su {product}: può {access}. Continua a valere anche dopo una nuova password.\n\nSe non sei stato tu, toglila: una cartella in {link}, con il pulsante «Condivisa con…» della cartella; tutta la casella la toglie l'amministratore della posta. Poi cambia la password e scrivi subito all'assistenza.",
    ],
    en: [
      "Your mailbox was shared",
      "At {at}, from address {ip}, {address} was allowed to use {what} {login} on {product}, to {access}. This stays so after a new password.\n\nIf it was not you, take it away: a folder at {link}, by the folder's button “Shared with…”; the whole mailbox is taken away by your mail administrator. Then change your password and write to support at once.",
    ],
  },
  many_shares_given: {
    it: [
      "La tua casella oggi è stata condivisa molte volte",
      "Il {at}, dall'indirizzo {ip}, anche {address} è stato autorizzato a usare {what} {login} su {product}: può {access}. È l'ultima condivisione di oggi che ti segnaliamo: fino a mezzanotte (UTC) possono essercene altre. Continuano a valere anche dopo una nuova password.\n\nGuarda tu stesso con chi sono condivise le cartelle, in {link}, con il pulsante «Condivisa con…» di ogni cartella; l'amministratore della posta vede tutte le condivisioni, anche di tutta la casella, e le toglie. Se non sei stato tu, cambia la password e scrivi subito all'assistenza.",
    ],
    en: [
      "Your mailbox was shared many times today",
      "At {at}, from address {ip}, {address} too was allowed to use {what} {login} on {product}, to {access}. This is the last share of today that we tell you of: until midnight (UTC) there may be more. They stay so after a new password.\n\nLook for yourself with whom folders are shared, at {link}, by each folder's button “Shared with…”; your mail administrator sees all shares, those of the whole mailbox too, and takes them away. If it was not you, change your password and write to support at once.",
    ],
  },
  recovery_address_confirm: {
    it: [
      "Conferma l'indirizzo di recupero",
      "La casella {login} vuole ricevere qui il collegamento per una nuova password, il giorno in cui la password fosse dimenticata.\n\nPer confermare apri:\n{link}\n\nIl collegamento vale una volta sola, fino al {until}. Se la casella non è tua, ignora questo messaggio: non succede nulla.",
    ],
    en: [
      "Confirm the recovery address",
      "The mailbox {login} wants to receive here the link for a new password, should its password be forgotten.\n\nTo confirm, open:\n{link}\n\nThe link works once, until {until}. If the mailbox is not yours, ignore this message: nothing happens.",
    ],
  },
  recovery_address_set: {
    it: [
      "Indirizzo di recupero impostato",
      "Dal {at} l'indirizzo di recupero della casella {login} è {address}: chi legge quella posta può scegliere una nuova password.\n\nSe non sei stato tu, scrivi subito all'assistenza.",
    ],
    en: [
      "Recovery address set",
      "Since {at} the recovery address of the mailbox {login} is {address}: whoever reads that mail can choose a new password.\n\nIf it was not you, write to support at once.",
    ],
  },
  recovery_address_removed: {
    it: [
      "Indirizzo di recupero tolto",
      "Dal {at} la casella {login} non ha più un indirizzo di recupero (era {address}). Una password dimenticata si chiede di nuovo all'amministratore della posta.",
    ],
    en: [
      "Recovery address removed",
      "Since {at} the mailbox {login} has no recovery address (it was {address}). A forgotten password is asked of the mail administrator again.",
    ],
  },
  sign_up_code: {
    it: [
      "Il codice per aprire l'account su {product}",
      "Per aprire l'account su {product} scrivi nella pagina questo codice:\n\n{code}\n\nVale fino al {until}. Se non sei stato tu a chiederlo, ignora questo messaggio: non succede nulla.",
    ],
    en: [
      "Your code to open an account on {product}",
      "To open your account on {product}, type this code on the page:\n\n{code}\n\nIt is good until {until}. If you did not ask for it, ignore this message: nothing happens.",
    ],
  },
  sign_up_known: {
    it: [
      "Hai già un account su {product}",
      "Qualcuno, forse tu, ha chiesto di aprire un account su {product} con {login}. L'account c'è già: entra da qui\n{link}\n\nSe hai dimenticato la password, scegline un'altra da qui\n{forgotten}\n\nSe hai ricevuto un invito, apri il collegamento di quel messaggio. Se non sei stato tu, ignora questo: non cambia nulla.",
    ],
    en: [
      "You already have an account on {product}",
      "Somebody, maybe you, asked to open an account on {product} with {login}. There is one already: sign in here\n{link}\n\nIf you forgot the password, choose another here\n{forgotten}\n\nIf you were invited, open the link in that message. If it was not you, ignore this one: nothing changes.",
    ],
  },
  account_disabled: {
    it: ["Accesso rimosso", "L'accesso di {login} a {tenant} su {product} è stato rimosso il {at}."],
    en: ["Access removed", "The access of {login} to {tenant} on {product} was removed at {at}."],
  },
};

/** Subject and plain-text body of a system mail. Values cannot add header lines: control characters become spaces. */
export function renderSystemMail(mail: SystemMail): { readonly subject: string; readonly text: string } {
  const [subject, body] = templates[mail.template][mail.language];
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_whole, name: string) => (mail.values[name] ?? "").replace(/\p{Cc}+/gu, " "));
  return { subject: fill(subject), text: `${fill(body)}\n` };
}
