import type { texts as it } from "./texts-it.ts";

export const texts = {
  "import.title": "Mailboxes from a file",
  "import.intro":
    "A CSV file with one mailbox a line. The first line names the columns: address and, if you like, name, quota_gb and password.",
  "import.example": "Download an example",
  "import.defaultQuota": "Quota where the file says none (GB)",
  "import.file": "CSV file",
  "import.choose": "Choose a file",
  "import.noPassword": "A mailbox without a password gets one; you can download them at the end.",
  "import.unreadable.empty": "The file has no rows",
  "import.unreadable.no_address_column": "No column is named address",
  "import.unreadable.too_many": "The file has more than 10,000 rows: split it",
  "import.unreadable.too_large": "The file is larger than 5 MB: split it",
  "import.ignored": "Columns not used: {names}.",
  "import.phase.preview": "Checking: {done} of {of}",
  "import.phase.apply": "Creating: {done} of {of}",
  "import.stopped": "It stopped here. What is done stays done.",
  "import.goOn": "Go on",
  "import.ready":
    "{count, plural, =0 {Nothing to create} one {# mailbox can be created} other {# mailboxes can be created}}",
  "import.exists":
    "{count, plural, one {# exists already and stays as it is} other {# exist already and stay as they are}}",
  "import.wrong":
    "{count, plural, one {# row is wrong and will be left out} other {# rows are wrong and will be left out}}",
  "import.created": "{count, plural, =0 {No mailbox created} one {# mailbox created} other {# mailboxes created}}",
  "import.apply": "{count, plural, one {Create # mailbox} other {Create # mailboxes}}",
  "import.again": "Another file",
  "import.passwords": "Download addresses and passwords",
  "import.passwordsOnce": "They are only on this page: once you leave it they cannot be had again.",
  "import.wrongRows": "Download the wrong rows",
  "import.resumeHint": "If this page is closed, choose the same file again: what exists is left as it is.",
  "import.line": "Line",
  "import.outcome": "Outcome",
  "import.outcome.waiting": "To check",
  "import.outcome.ready": "Can be created",
  "import.outcome.exists": "Exists already",
  "import.outcome.created": "Created",
  "import.outcome.wrong": "Wrong",
  "import.repeated": "The address is in the file already, further up.",
  "import.more": "{count, plural, one {and # more row} other {and # more rows}}",
  "import.tableOf": "Rows of the file",
} satisfies Record<keyof typeof it, string>;
