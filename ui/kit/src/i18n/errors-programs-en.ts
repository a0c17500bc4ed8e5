import type { programErrorsIt } from "./errors-programs-it.ts";

/** Sentences for errors of webhooks, of connected programs, of support access and of the sign-up. */
export const programErrorsEn = {
  "error.identity.sign_up_code": "The code is not right or has expired. Look at the newest message.",
  "error.identity.sign_up_expired": "Too many tries, or too much time went by. Start again: it takes a minute.",
  "error.identity.too_many_mails":
    "A new organisation can invite twenty people a day. Try again tomorrow; if it cannot wait, write to support.",
  "error.identity.sign_up_closed": "Accounts are made by the provider here. Write to its support.",
  "error.identity.program_unknown":
    "We do not know the program that sent you here. Start again in the program itself: add the account anew.",
  "error.identity.program_redirect":
    "The program wants the answer in a place that it did not name before. Do not go on: start again in the program itself.",
  "error.identity.program_metadata": "The program did not say its name, or said one that is too long.",
  "error.identity.program_request": "The program asked for something that is not given here. Update it and try again.",
  "error.identity.program_grant":
    "This code or token is not valid, was used before, or has ended. Connect the program again.",
  "error.identity.programs_full": "You have connected too many programs. Disconnect one first.",
  "error.identity.no_program": "This program is not connected any more. Refresh the list.",
  "error.identity.bad_mail_token": "The access of this program has ended. Connect the program again.",
  "error.spaces.not_vetted":
    "Your account is new: until we have checked it, it can have {gigabytes, number} GB in {spaces} spaces at most. For more, write to support.",
  "error.mailbox.not_vetted":
    "Your account is new and has all the mailboxes it can have until we have checked it; deleted ones count until they are gone for good. For more, write to support.",
  "error.mailbox.quota_not_vetted":
    "Your account is new: until we have checked it, a mailbox can have 10 GB at most. For more, write to support.",
  "error.grants.not_found": "This request is gone. Refresh the page.",
  "error.grants.too_many": "This customer has many requests waiting. Wait for an answer.",
  "error.grants.answered": "This request was answered already, or its time is over. Refresh the page.",
  "error.grants.beyond": "You cannot allow more than was asked for.",
  "error.grants.not_given": "There is no access to end. Refresh the page.",
  "error.grants.not_granted": "The customer has not consented, or the access is over. Ask from the ticket.",
  "error.grants.bad_code": "The link was used or its time is over. Open another from the ticket.",
  "error.grants.needs_customer": "Only one of the customer’s people can do this.",
  "error.grants.out_of_reach": "Support access does not reach here.",
  "error.webhooks.url":
    "The address must begin with https://, without user name or password, on port 443 or one above 1023.",
  "error.webhooks.too_many": "There are ten webhooks already. Delete one that is no longer needed.",
  "error.webhooks.not_found": "This webhook is gone. Refresh the page.",
  "error.webhooks.no_delivery": "This delivery is no longer in the log. Refresh the page.",
  "error.webhooks.not_active": "The webhook is stopped. Turn it on, then try again.",
  "error.webhooks.too_many_trials": "You have made twenty trials within an hour. Wait a little and try again.",
  "error.webhooks.busy": "The trial is under way. Look at the log of deliveries.",
  "error.webhooks.sealed": "This webhook’s secret cannot be opened. Make a new one or write to support.",
  "error.mailflow.test_catch_all": "A catch-all cannot be tested like this: test an alias or a mailbox.",
  "error.mailflow.test_outside":
    "This address leads to more than three outside addresses, or to another organisation served here, so no test is sent. Test one of its mailboxes.",
  "error.mailflow.test_pending": "The domain is not active yet. Prove it with its DNS record first.",
  "error.mailflow.too_many_tests": "You have made many tests in this hour. Try again later.",
} as const satisfies Record<keyof typeof programErrorsIt, string>;
