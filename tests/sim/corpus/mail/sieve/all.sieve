require ["fileinto", "copy", "imap4flags", "vacation", "envelope", "body", "variables", "relational", "comparator-i;ascii-numeric", "date", "mailbox", "subaddress"];
# comment
/* block */
if allof (not header :contains ["subject", "x"] "spam", anyof (size :over 1M, exists "List-Id")) {
  fileinto :copy "A/B";
  addflag ["\\Seen", "$x"];
} elsif address :domain :is "from" "example.org" {
  set "name" "${1} v";
  redirect "a@example.org";
} else {
  vacation :days 7 :subject "x" text:
Away.
..dot
.
;
  stop;
}
