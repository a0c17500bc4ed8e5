/**
 * Delivery reports as servers of several makes write them, in texts of our own: each says that `recipient` is gone. With LF; on
 * the wire CRLF. Tests only.
 */
export const reportsOfServers: Readonly<Record<string, (recipient: string) => string>> = {
  Postfix: (recipient) => `From: MAILER-DAEMON@mx.far.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4bXq2.1/mx.far.test"

This is a MIME-encapsulated message.

--4bXq2.1/mx.far.test
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

Your message could not be delivered to one recipient.

--4bXq2.1/mx.far.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.far.test
X-Postfix-Queue-ID: 4bXq2
X-Postfix-Sender: rfc822; postmaster@elsewhere.test
Arrival-Date: Mon,  1 Jun 2026 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; ${recipient}
Original-Recipient: rfc822;${recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; store.far.test
Diagnostic-Code: smtp; 550 5.1.1 <${recipient}>: Recipient address
    rejected: User unknown in virtual mailbox table

--4bXq2.1/mx.far.test
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Subject: x

--4bXq2.1/mx.far.test--
`,
  Exim: (recipient) => `From: Mail Delivery System <Mailer-Daemon@relay.far.test>
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: ${recipient}
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=1780300800-eximdsn-1
MIME-Version: 1.0

--1780300800-eximdsn-1
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered. This is a permanent error.

--1780300800-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; relay.far.test

Action: failed
Final-Recipient: rfc822;${recipient}
Status: 5.0.0
Remote-MTA: dns; store.far.test
Diagnostic-Code: smtp; 550 5.1.1 User unknown: nobody here

--1780300800-eximdsn-1
Content-type: message/rfc822

Subject: x

x
--1780300800-eximdsn-1--
`,
  Exchange: (recipient) => `From: <postmaster@far.test>
Subject: Undeliverable: x
Content-Language: en-US
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_aa11bb22-far_"

--_aa11bb22-far_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_cc33dd44-far_"

--_cc33dd44-far_
Content-Type: text/plain; charset="us-ascii"

Your message was not delivered.

--_cc33dd44-far_
Content-Type: text/html; charset="us-ascii"

<p>Your message was not delivered.</p>

--_cc33dd44-far_--

--_aa11bb22-far_
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.far.test
Received-From-MTA: dns;EX02.far.test

Original-Recipient: rfc822;${recipient}
Final-Recipient: rfc822;${recipient.toUpperCase()}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; nobody
 here by that name
X-Display-Name: Somebody

--_aa11bb22-far_
Content-Type: message/rfc822

Subject: x

x
--_aa11bb22-far_--
`,
  Gmail: (recipient) => `From: Mail Delivery Subsystem <mailer-daemon@far.test>
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="0000000000008c61"; report-type=delivery-status

--0000000000008c61
Content-Type: multipart/related; boundary="0000000000008c62"

--0000000000008c62
Content-Type: text/plain; charset="UTF-8"

Address not found

--0000000000008c62--
--0000000000008c61
Content-Type: message/delivery-status

Reporting-MTA: dns; far.test
Received-From-MTA: dns; elsewhere.test
Arrival-Date: Mon, 01 Jun 2026 01:00:00 -0700 (PDT)
X-Original-Message-ID: <x@elsewhere.test>

Final-Recipient: rfc822; ${recipient}
Action: failed
Status: 5.2.1
Remote-MTA: dns; store.far.test. (192.0.2.7, the server for the domain far.test.)
Diagnostic-Code: smtp; 550-5.2.1 The email account is disabled: nobody reads it. For more
 550 5.2.1 information, see the manual
Last-Attempt-Date: Mon, 01 Jun 2026 01:00:01 -0700 (PDT)

--0000000000008c61
Content-Type: message/rfc822

Subject: x

x
--0000000000008c61--
`,
  "a server that speaks UTF-8": (recipient) => `From: MAILER-DAEMON@far.test
Subject: Zustellung nicht möglich
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary=u8

--u8
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Nicht möglich.
--u8
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: base64

${Buffer.from(
  `Reporting-MTA: dns; far.test\r\n\r\nFinal-Recipient: utf-8; ${recipient}\r\nAction: Failed\r\nStatus: 5.1.1 (nobody)\r\n`,
).toString("base64")}
--u8--
`,
};
