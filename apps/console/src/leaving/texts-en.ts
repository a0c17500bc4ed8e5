import type { texts as it } from "./texts-it.ts";

export const texts = {
  "leaving.title": "Your data and the end of the contract",
  "leaving.exportTitle": "Take your data away",
  "leaving.exportHint":
    "At any time, also without ending the contract. Archives are tar files with a list of SHA-256 hashes; they stay here for seven days.",
  "leaving.settings": "Settings, people, invoices and logs",
  "leaving.settingsHint":
    "JSON and CSV, with the schema of each table; people, mailboxes and groups also as vCards (addresses.vcf). No passwords, no keys. No calendars and no contacts of people’s own are kept here: there are none to take away.",
  "leaving.mail": "Mail of all mailboxes",
  "leaving.mailHint": "A Maildir for each folder, with the messages as they came.",
  "leaving.prepare": "Prepare the archive",
  "leaving.download": "Download",
  "leaving.state.waiting": "Waiting",
  "leaving.state.running": "Being made: {files, plural, one {# file} other {# files}}, {bytes}",
  "leaving.state.ready": "Ready: {bytes}, until {date}",
  "leaving.state.failed": "Failed",
  "leaving.state.expired": "Expired",
  "leaving.archives": "Archives",
  "leaving.noArchives": "No archive yet",
  "leaving.noArchivesHint": "Prepare what you need: it appears here as soon as it is ready.",
  "leaving.requested": "Asked for on {date}",
  "leaving.backups": "Backups as they are stored",
  "leaving.backupsHint":
    "Encrypted .vbk, .vib and .vbm files: only your password opens them. To have them in the clear use the agent (command “export”) while your access stands; the READ-ME file in the archive says how.",
  "leaving.backupSize": "{files, plural, one {# file} other {# files}}, {bytes}",
  "leaving.noBackups": "No backup space.",
  "leaving.endTitle": "End of the contract",
  "leaving.endHint":
    "From when you ask for it you have 30 days to take your data away. Then we delete every copy and destroy the key that opens them: nobody can read them any more, nor can we. Only invoices and what the law makes us keep stay, listed in the certificate.",
  "leaving.end": "Ask for the end of the contract",
  "leaving.endConfirm":
    "In 30 days all services end and all data are deleted. Until then you can change your mind. Type the organisation’s name to confirm.",
  "leaving.window": "The contract is ending",
  "leaving.windowText": "Asked for on {requested}. The data stay available until {until}; then they are deleted.",
  "leaving.byProvider": "The end was asked for by the provider.",
  "leaving.soon": "You asked for deletion at once: it begins on {from} and can be taken back until then.",
  "leaving.erasing": "The deletion is under way.",
  "leaving.cancel": "Take the end back",
  "leaving.cancelHint": "The contract goes on as before and nothing is deleted.",
  "leaving.now": "Delete everything early",
  "leaving.nowConfirm":
    "All data are deleted three days from now, without waiting for the end of the period. Every owner and administrator is told by mail and can take it back until then; afterwards there is no way back. Download what you need before.",
  "leaving.notNow": "Take back the early deletion",
  "leaving.notNowHint": "The contract ends as the provider decided; your data stay until the end of the period.",
  "leaving.claimTitle": "Keep this link",
  "leaving.claimText":
    "After the deletion you cannot sign in any more: the signed certificate is read here alone. It is shown now and never again.",
  "leaving.claimLabel": "Link to the certificate",
  "leaving.oneTitle": "Close one service",
  "leaving.oneHint":
    "A backup space, or a mail domain with its mailboxes. The contract and everything else go on. You have at least 30 days to download the data; then we delete every copy and give you a signed certificate. Until then the service works and is paid as before.",
  "leaving.oneNone": "There is no space and no domain to close.",
  "leaving.oneEnd.space": "Close this space",
  "leaving.oneConfirm.space":
    "In 30 days, or when the last lock that its restore points have today ends, if that is later, the space and everything in it are deleted, also restore points made or locked from now on; computers that back up there stop doing so. Every owner and administrator is told by mail and can take it back until then. Type the name of the space to confirm.",
  "leaving.oneWindow.space": "The space “{name}” is closing",
  "leaving.oneWindowText.space":
    "Its backups stay available until {until}; then they are deleted. Download them before, above.",
  "leaving.oneKeep.space": "Keep the space",
  "leaving.oneKeepHint.space": "The space “{name}” goes on as before and nothing is deleted.",
  "leaving.oneNowConfirm.space":
    "The space is deleted in three days, without waiting for the end of the period. Every owner and administrator is told by mail and can take it back until then; afterwards there is no way back.",
  "leaving.oneErased": "Deleted on {date}",
  "leaving.oneCertificate": "Download the certificate",
  "leaving.oneSignature": "Download the signature",
  "leaving.kind.space": "Backup space",
  "leaving.kind.mail_domain": "Mail domain",
  "leaving.mailOf": "Mail of {domain}",
  "leaving.oneEnd.mail_domain": "Close this domain",
  "leaving.oneConfirm.mail_domain":
    "In 30 days the mail of this domain ends: all its mailboxes are deleted with the mail in them, whoever writes to one of its addresses is refused, and mail that waits to be sent at that moment is not sent any more. If the domain goes on elsewhere, change its DNS records first. Every owner and administrator is told by mail and can take it back until then. Type the name of the domain to confirm.",
  "leaving.oneWindow.mail_domain": "The mail of {name} is closing",
  "leaving.oneWindowText.mail_domain":
    "The mailboxes work and the mail stays available until {until}; then it is deleted. Download it before: prepare the archive here and find it above, among the archives.",
  "leaving.oneKeep.mail_domain": "Keep the domain",
  "leaving.oneKeepHint.mail_domain": "The mail of {name} goes on as before and nothing is deleted.",
  "leaving.oneNowConfirm.mail_domain":
    "The mailboxes of the domain are deleted in three days, without waiting for the end of the period. Every owner and administrator is told by mail and can take it back until then; afterwards there is no way back.",
  "leaving.onePrepare": "Prepare the archive of its mail",
  "leaving.onePreparing": "The archive is being made: you find it above, among the archives.",
} as const satisfies Record<keyof typeof it, string>;
