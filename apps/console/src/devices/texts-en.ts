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
  "follow.manual": "A backup starts only when asked.",
  "follow.noneStarts": "As it is, no backup starts.",
  "follow.pause": "Pause",
  "follow.pauseTitle": "Pause {name}?",
  "follow.pauseHint":
    "No backup starts by itself until the pause ends; “Back up now” still works. Stored points stay, and warnings about late backups go on if the policy has them.",
  "follow.pauseFor": "For how long",
  "follow.days": "{count, plural, one {# day} other {# days}}",
  "follow.pauseDo": "Pause",
  "follow.paused": "Paused",
  "follow.pausedUntil": "Goes on by itself: {when}",
  "follow.resume": "Resume now",
  "reason.quota": "The backup space is full. Raise the quota or delete old points.",
  "reason.store": "The provider’s storage is full. The device tries again by itself; write to support if it lasts.",
  "reason.suspended": "The space is suspended. Read the notices or write to support.",
  "reason.revoked": "The device is no longer connected. Connect it again.",
  "reason.two": "Another program saved for this device at the same time. See that the agent runs once only.",
  "reason.vault":
    "The backup service did not answer as it should. The device tries again by itself; if this goes on, write to support.",
  "reason.interrupted": "Interrupted. The next run goes on where it was.",
  "reason.running": "Another backup was already running.",
  "reason.disk": "The device’s disk is full. Free some space and try again.",
  "reason.key":
    "The backup password is missing on the device, or is no longer that one. Run “casaforte-agent remember” there.",
  "reason.missing": "A folder to be saved is not there. Correct the policy or put it back.",
  "reason.unreadable": "A folder to be saved cannot be read. Check the permissions on the device.",
  "reason.snapshot": "No snapshot of the disk could be made, and the policy asks for one.",
  "reason.device": "A disk to be saved cannot be read.",
  "reason.command": "The command whose output is saved failed. Try it on the device.",
  "reason.hook": "The command to be run before or after the backup failed. Try it on the device.",
  "reason.damaged": "Data read back was not as it must be. Verify the restore point and write to support.",
  "reason.other": "Failed. The device tries again by itself; the reason is in its log.",
  "reason.said": "The agent’s words: ",
  "took.seconds": "{count, plural, one {took # second} other {took # seconds}}",
  "took.minutes": "{count, plural, one {took # minute} other {took # minutes}}",
  "took.hours": "{count, plural, one {took # hour} other {took # hours}}",
  "note.permission":
    "{count, plural, one {# item not read: the agent has no permission} other {# items not read: the agent has no permission}}",
  "note.unreadable":
    "{count, plural, one {# item not read: the disk gave an error} other {# items not read: the disk gave an error}}",
  "note.attribute":
    "{count, plural, one {# extended permission or attribute not read} other {# extended permissions or attributes not read}}",
  "note.subvolume":
    "{count, plural, one {# subvolume left out: the snapshot does not show it} other {# subvolumes left out: the snapshot does not show them}}",
  "note.damaged": "{count, plural, one {# item found damaged} other {# items found damaged}}",
  "note.changed":
    "{count, plural, one {# file changed while it was read: saved as it was found} other {# files changed while they were read: saved as they were found}}",
  "note.vanished": "{count, plural, one {# item deleted during the backup} other {# items deleted during the backup}}",
  "note.socket":
    "{count, plural, one {# socket left out: it holds nothing to save} other {# sockets left out: they hold nothing to save}}",
  "note.skipped":
    "{count, plural, one {# folder left out: of the system or of the agent itself} other {# folders left out: of the system or of the agent itself}}",
  "note.otherDisk":
    "{count, plural, one {# folder left out: another disk is mounted there} other {# folders left out: other disks are mounted there}}",
  "note.noSnapshot":
    "{count, plural, one {Read while in use: no snapshot was taken} other {# folders or disks read while in use: no snapshot was taken}}",
  "note.snapshotLeft":
    "{count, plural, one {# snapshot could not be removed from the device} other {# snapshots could not be removed from the device}}",
  "note.state":
    "{count, plural, one {# note of the agent on the device was damaged: it went on without it} other {# notes of the agent on the device were damaged: it went on without them}}",
  "note.pointTime":
    "A point is not of the time that the vault gives: the device’s clock was wrong, or it is another point",
  "note.hook":
    "{count, plural, one {# command before or after the backup failed} other {# commands before or after the backup failed}}",
  "note.chain": "The restore point before was damaged: look at the restore points",
  "note.notMerged": "Older points could not be merged into a full: the next run tries again",
  "note.other": "{count, plural, one {# other note} other {# other notes}}",
  "note.names":
    "Names are never sent: they stay on the device, where “casaforte-agent status” lists those of its last run.",
} as const satisfies Record<keyof typeof it, string>;
