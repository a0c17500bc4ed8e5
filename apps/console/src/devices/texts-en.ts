import type { texts as it } from "./texts-it.ts";

export const texts = {
  "key.title": "The backup password",
  "key.new": "A new one, made here",
  "key.own": "I have one already",
  "key.words": "Seven words",
  "key.only":
    "Only you hold them: they stay on this page and on your device. If they are lost, nobody can open your backups any more, us included.",
  "key.save": "Save as a file",
  "key.sheet":
    "Backup password of the device “{name}”\n\n{phrase}\n\nWithout these words nobody can open the backups, the provider included.\nKeep them in a safe place, not on the device itself.\n",
  "key.sheetName": "backup-password.txt",
  "key.again": "To be sure that you kept it, type two of those words.",
  "key.word": "Word {place}",
  "key.wrong": "It is another one. Look at word {place} above.",
  "key.understood": "I have kept it, and know that nobody can recover it",
  "key.ownHint": "At the first backup the device asks you to choose it: at least ten characters, hard to guess.",
  "first.title": "Now the first backup, of a small folder",
  "first.hint":
    "Run this line on the device. {folder} is only an example: write another small folder in its place if you like. It asks for the backup password, twice.",
  "first.folder": "~/Documents",
  "first.label": "First backup",
  "first.waiting": "Waiting for the first restore point…",
  "first.waitingLong":
    "Nothing yet: look at what the line answered. If you connected the device without “sudo”, leave it out here too.",
  "first.there": "The first backup is here.",
  "first.restore": "Try a restore",
  "follow.title": "Policy",
  "follow.change": "Change policy",
  "follow.changeTitle": "What {name} follows",
  "follow.changeHint": "It counts from the device’s next contact. Points that are stored stay.",
  "follow.nonePick": "None: runs only when asked",
  "follow.none": "No policy: a backup starts only when you ask for it.",
  "follow.refused": "refused by the device",
  "follow.next": "Next backup: {when}",
  "follow.noNext": "The device has not said yet when the next one starts.",
  "follow.pause": "Pause",
  "follow.pauseTitle": "Pause {name}?",
  "follow.pauseHint":
    "No backup starts by itself until the pause ends; “Back up now” still works. Stored points stay, and warnings about late backups go on.",
  "follow.pauseFor": "For how long",
  "follow.days": "{count, plural, one {# day} other {# days}}",
  "follow.pauseDo": "Pause",
  "follow.paused": "Paused",
  "follow.pausedUntil": "Goes on by itself: {when}",
  "follow.resume": "Resume now",
} as const satisfies Record<keyof typeof it, string>;
