import type { WebmailServer } from "./webmail-server.ts";

const newsletter = `<html><head><style>.hero{background:#0b3d4a;color:#fff;padding:24px}</style></head><body>
<table width="100%" cellpadding="0"><tr><td class="hero"><h1>Le novità di novembre</h1></td></tr>
<tr><td style="padding:16px"><p>Ciao Maria, ecco che cosa cambia questo mese.</p>
<img src="https://tracker.example/pixel.gif" width="1" height="1"><img src="https://img.example/banner.png" alt="Banner" width="320">
<p><a href="https://example.it/novita" onclick="alert(1)">Leggi tutto</a></p><script>parent.postMessage("owned","*")</script></td></tr></table></body></html>`;

const people = [
  ["Anna Ferri", "anna.ferri@example.it"],
  ["Luca Bianchi", "luca@studio-bianchi.it"],
  ["Ufficio Acquisti", "acquisti@manifattura.example"],
  ["Giulia Rossi", "giulia.rossi@example.com"],
  ["Paolo Neri", "paolo.neri@example.org"],
] as const;
const subjects = [
  [
    "Preventivo per la nuova sede",
    "Buongiorno Maria, ti mando il preventivo aggiornato con le voci che avevamo discusso.",
  ],
  ["Riunione di giovedì", "Confermo le 10:30 in sala grande. Porto io le stampe."],
  ["Ordine 4471 spedito", "La merce è partita oggi con il corriere, arrivo previsto mercoledì."],
  ["Foto del cantiere", "Ecco le foto di ieri: il tetto è quasi finito."],
  ["Fattura di ottobre", "In allegato la fattura del mese di ottobre, scadenza a 30 giorni."],
  ["Pranzo domenica?", "Noi ci siamo, portiamo il dolce. A che ora?"],
] as const;

const hourMs = 3_600_000;
const address = ([name, email]: readonly [string, string]): string => `${name} <${email}>`;
const me = "Maria Conti <maria.conti@example.it>";

/** A mailbox as a person has it: a conversation, a newsletter with trackers, an attachment, and some dozens of others. */
export async function fillMailbox(server: WebmailServer, count = 40): Promise<void> {
  const nowMs = Date.now();
  for (let index = count; index > 0; index--) {
    const from = people[index % people.length] ?? people[0];
    const [subject, text] = subjects[index % subjects.length] ?? subjects[0];
    await server.append(
      `Message-ID: <old${index}@example.it>\nFrom: ${address(from)}\nTo: ${me}\nSubject: =?utf-8?B?${btoaUtf8(`${subject} (${index})`)}?=\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`,
      {
        atMs: nowMs - index * 7 * hourMs,
        keywords: index % 4 === 0 ? [] : index % 9 === 0 ? ["$seen", "$flagged"] : ["$seen"],
      },
    );
  }
  await server.append(
    `Message-ID: <news@example.it>\nFrom: Notizie <news@example.it>\nTo: ${me}\nSubject: =?utf-8?Q?Le_novit=C3=A0_di_novembre?=\nContent-Type: text/html; charset=utf-8\n\n${newsletter}`,
    { atMs: nowMs - 5 * hourMs },
  );
  await server.append(
    `Message-ID: <c1@example.it>\nFrom: ${address(people[0])}\nTo: ${me}\nSubject: Contratto di manutenzione\nContent-Type: text/plain; charset=utf-8\n\nCiao Maria,\nti mando la bozza del contratto. Mi dici se va bene?\n\nAnna`,
    { atMs: nowMs - 4 * hourMs, keywords: ["$seen"] },
  );
  await server.append(
    `Message-ID: <c2@example.it>\nIn-Reply-To: <c1@example.it>\nReferences: <c1@example.it>\nFrom: ${me}\nTo: ${address(people[0])}\nSubject: Re: Contratto di manutenzione\nContent-Type: text/plain; charset=utf-8\n\nVa bene, ma aggiungerei il reperibile nel fine settimana.\n\nMaria`,
    { atMs: nowMs - 3 * hourMs, mailbox: "sent", keywords: ["$seen"] },
  );
  await server.append(
    `Message-ID: <c3@example.it>\nIn-Reply-To: <c2@example.it>\nReferences: <c1@example.it> <c2@example.it>\nFrom: ${address(people[0])}\nTo: ${me}\nCc: ${address(people[1])}\nSubject: Re: Contratto di manutenzione\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nPerfetto, eccolo aggiornato in allegato. Vedi anche https://example.it/contratti per le condizioni.\n\n> Va bene, ma aggiungerei il reperibile nel fine settimana.\n\nAnna\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="Contratto 2027.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQKJSBjb250cmF0dG8K\n--b--`,
    { atMs: nowMs - hourMs },
  );
}

const btoaUtf8 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
