import type { transferErrorsIt } from "./errors-transfers-it.ts";

/** Sentences for errors of mail brought from another server. */
export const transferErrorsEn = {
  "error.transfers.login_refused":
    "The other server refuses the user name or the password. Check them (some providers want an app password) and go on.",
  "error.transfers.certificate":
    "The other server’s certificate is not valid for this name. Use the name that the old provider gives, and go on.",
  "error.transfers.no_tls":
    "The other server offers no encrypted connection at this port. Try the other kind of connection.",
  "error.transfers.unreachable":
    "The other server does not answer. We try again by ourselves; if it goes on, check the name and the port.",
  "error.transfers.refused":
    "The other server refuses to open a folder or to answer. We try again by ourselves; what goes on refusing is listed at the end.",
  "error.transfers.folder_refused":
    "The other server did not open this folder, or not all of it. Check there that this user may read it, then start the migration again: only what is missing is copied.",
  "error.transfers.folder_gone": "The other server does not open this folder. Check whether it still exists.",
  "error.transfers.message_withheld":
    "The other server does not hand out this message. Open it in the old mail program and forward it here.",
  "error.transfers.host": "This is not the name of a server. Write it like imap.provider.com.",
  "error.transfers.port": "This port is not allowed: use 993, 143 or one above 1023.",
  "error.transfers.user": "The user name is not valid. Write it on one line.",
  "error.transfers.running":
    "Mail is being brought over into this mailbox already. Wait until that is finished, or cancel it.",
  "error.transfers.too_many": "Too many mailboxes are being brought over. Wait until some are finished.",
  "error.transfers.not_there": "This migration is gone. Refresh the list.",
  "error.transfers.other_state": "The migration’s state changed in the meantime. Refresh the list.",
  "error.transfers.sealed": "The kept password cannot be read any more. Go on and enter it again.",
  "error.transfers.takeout_running": "An archive of this mailbox is being made already. Wait until it is ready.",
  "error.transfers.no_takeout": "This archive is no longer there. Make a new one.",
  "error.transfers.no_account": "There is no mailbox of this address here. Create it first, then try again.",
  "error.transfers.message_too_large":
    "The message is larger than this server takes. Save its attachments from the old mail program.",
} as const satisfies Record<keyof typeof transferErrorsIt, string>;
