import type { texts as italian } from "./texts-it.ts";

export const texts = {
  "links.login": "E-mail address",
  "links.name": "Full name",
  "links.language": "Language",
  "links.newPassword": "New password",
  "links.passwordHint": "At least 12 characters. Three or four unrelated words are just right.",
  "links.passwordMissing": "{missing, plural, one {# more character.} other {# more characters.}}",
  "links.passwordLong": "Long enough.",
  "links.showPassword": "Show the password",
  "links.toSignIn": "Go to sign-in",
  "links.dead": "This link no longer works",
  "links.cutShort": "The link is incomplete",
  "links.cutShortHint": "Open the one in the message, or copy all of it: mail programs sometimes break it.",
  "links.invitation.title": "Accept the invitation",
  "links.invitation.intro": "{tenant} invites you: choose a password to come in.",
  "links.invitation.accept": "Accept and sign in",
  "links.invitation.dead":
    "The invitation was used or has expired. If it was you who accepted it, sign in with your password; if not, ask whoever invited you to send another.",
  "links.forgotten.title": "Forgotten your password?",
  "links.forgotten.intro": "Type the address you sign in with: we send you a link to choose a new one.",
  "links.forgotten.send": "Send the link",
  "links.forgotten.sent": "Look at your mail",
  "links.forgotten.sentHint":
    "If {login} signs in here, a message with a link arrives in a moment; it works for 30 minutes. Nothing there? Look in your spam, then ask again after two minutes.",
  "links.forgotten.mailboxIntro":
    "Type the address of the mailbox: we send a link to the recovery address that you confirmed in its settings.",
  "links.forgotten.mailboxSentHint":
    "If {login} has a recovery address, a message with a link arrives there in a moment; it works for 30 minutes. If you never set one, ask your mail administrator for a new password: everything in the mailbox stays as it is.",
  "links.reset.title": "Choose a new password",
  "links.reset.intro": "Open sessions will end on every device.",
  "links.reset.mailboxIntro":
    "Open sessions will end on every device, and connected programs and app passwords with them.",
  "links.reset.submit": "Change the password",
  "links.reset.done": "Password changed",
  "links.reset.doneHint": "Now sign in as {login} with the new password. All other sessions were ended.",
  "links.reset.mailboxDoneHint":
    "Now sign in as {login} with the new password. All other sessions were ended, and connected programs and app passwords with them.",
  "links.reset.dead": "The link was used or its 30 minutes are over. Ask for another.",
  "links.reset.again": "Ask for another link",
  "links.address.title": "Confirm the new address",
  "links.address.intro": "Once you confirm, you sign in with this address and no longer with the one before.",
  "links.address.submit": "Confirm the address",
  "links.address.done": "Address confirmed",
  "links.address.doneHint": "From now on you sign in as {login}. We told the address before, too.",
  "links.address.dead":
    "The link was used or has expired. Sign in with the address before and ask again on the Security page.",
  "links.recovery.title": "Confirm the recovery address",
  "links.recovery.intro":
    "Once you confirm, the link for a new password of the mailbox comes here. Confirm only if the mailbox is yours.",
  "links.recovery.submit": "Confirm the address",
  "links.recovery.done": "Recovery address confirmed",
  "links.recovery.doneHint":
    "Should you ever forget the password of {login}, the link to choose a new one comes to this address.",
  "links.recovery.dead":
    "The link was used or has expired. Sign in to the mailbox and ask for another in Settings, Security.",
  "links.setup.title": "The first operator",
  "links.setup.intro":
    "Nobody is in this installation yet. Whoever sets it up now has all roles and can invite the others.",
  "links.setup.submit": "Create the operator",
  "links.setup.dead":
    "The link was used or has expired. If there is a first operator already, sign in; if not, restart the program: it prints another.",
} as const satisfies Record<keyof typeof italian, string>;
