import type { TranscriptText } from "./conformance-words.test-support.ts";

/** Rights that are given and told, at INBOX for the whole account and at any other mailbox for it alone. */
export const aclTexts: readonly TranscriptText[] = [
  {
    claim: "rights on one mailbox: what can be given, what is, and that it holds there alone (RFC 4314)",
    text: `C: a CREATE Plans
    S*: a OK <<.*>>
    C: b CREATE Plans/May
    S*: b OK <<.*>>
    C: c LISTRIGHTS Plans <<colleague>>
    S: * LISTRIGHTS "Plans" "<<colleague>>" "" lr swited
    S: c OK LISTRIGHTS completed
    C: d LISTRIGHTS INBOX <<colleague>>
    S: * LISTRIGHTS INBOX "<<colleague>>" "" lr swited kxc
    S: d OK LISTRIGHTS completed
    C: e SETACL Plans <<colleague>> lrskx
    S: e OK SETACL completed
    C: f GETACL Plans
    S: * ACL "Plans" "<<user>>" lrswitekxacd "<<colleague>>" lr
    S: f OK GETACL completed
    C: g SETACL Plans <<colleague>> +swite
    S: g OK SETACL completed
    C: h GETACL Plans
    S: * ACL "Plans" "<<user>>" lrswitekxacd "<<colleague>>" lrswited
    S: h OK GETACL completed
    C: i GETACL Plans/May
    S: * ACL "Plans/May" "<<user>>" lrswitekxacd
    S: i OK GETACL completed
    C: j GETACL INBOX
    S: * ACL INBOX "<<user>>" lrswitekxacd
    S: j OK GETACL completed
    C: k SETACL Plans <<colleague>> k
    S: k NO [CANNOT] Rights are given as lr, lrswite
    C: l SETACL INBOX <<colleague>> lr
    S: l OK SETACL completed
    C: m DELETEACL Plans <<colleague>>
    S: m NO [CANNOT] <<[Tt]>>his person may use the whole account: change that at INBOX
    C: n DELETEACL INBOX <<colleague>>
    S: n OK DELETEACL completed
    C: o DELETEACL Plans <<colleague>>
    S: o OK DELETEACL completed
    C: p GETACL Plans
    S: * ACL "Plans" "<<user>>" lrswitekxacd
    S: p OK GETACL completed
    C: q SETACL Plans nobody@elsewhere.example lr
    S: q NO [NONEXISTENT] <<.*>>
    C: r SETACL Plans <<user>> lr
    S: r <<NO|BAD>> <<.*>>
    C: s SETACL Plans anyone lr
    S: s NO [CANNOT] <<.*>>\n`,
  },
];
