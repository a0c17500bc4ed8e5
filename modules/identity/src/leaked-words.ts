/** Words that make up the passwords found most often in leaks, Italian and international; lower case. */
export const leakedWords: readonly string[] =
  `password passwort passw0rd passe motdepasse contrasena parola parolachiave chiave segreta segreto secret letmein welcome benvenuto
benvenuti benvenuta admin administrator amministratore root superuser default changeme changeit cambiami temporary temporanea
provvisoria login access accesso entra apriti sesamo opensesame user utente guest ospite test testing prova demo pippo pluto
paperino topolino paperone qwerty qwertz azerty asdf zxcv qazwsx 1234 12345 123456 1234567 12345678 123456789 1234567890 abcd abc123
iloveyou tiamo amore amoremio tesoro ciao ciaociao buongiorno buonasera bella bello mamma papa famiglia casa gatto cane cuore
sole luna stella stelle mare estate inverno primavera autunno gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre
novembre dicembre lunedi martedi mercoledi giovedi venerdi sabato domenica summer winter spring autumn january february march april june
july august september october november december monday tuesday wednesday thursday friday saturday sunday princess principessa
sunshine football calcio baseball basketball soccer hockey superman batman spiderman starwars pokemon naruto dragon dragonball monkey
shadow master killer hunter ranger michael jennifer jessica daniel thomas charlie jordan robert matthew andrew joshua ashley nicole
michelle anthony william joseph andrea marco luca matteo francesco alessandro lorenzo giuseppe giovanni antonio mario luigi davide
simone stefano roberto paolo riccardo federico gabriele valentina francesca chiara giulia martina federica alessia elena laura silvia
sara anna maria rosa angela barbara roberta cristina valeria juventus forzajuve milan inter forzainter forzamilan roma forzaroma
lazio napoli forzanapoli fiorentina torino palermo ferrari lamborghini maserati ducati yamaha honda vespa italia italy italiano
venezia firenze bologna genova sicilia sardegna toscana google facebook instagram twitter linkedin microsoft windows office
outlook apple iphone samsung android amazon netflix youtube yahoo hotmail gmail libero virgilio tiscali internet computer server mail
email posta webmail backup cloud company azienda ufficio lavoro work business freedom whatever trustno nothing hello hallo hola
baby angel angelo angioletto lovely forever flower fiore fiori butterfly farfalla chocolate cioccolato cookie biscotto cheese banana orange
purple yellow green black white silver golden diamond diamante money soldi dollar euro lucky fortuna happy felice family friend friends
amici jesus christ gesu madonna heaven paradiso angels blessed faith matrix ninja samurai pirate mustang porsche mercedes corvette
harley marley metallica nirvana blink eminem tigger snoopy garfield mickey minnie donald bambi cinderella hannah montana
harry potter hogwarts gandalf frodo legolas merlin phoenix eagle falcon tiger lion wolf panther cowboy cowboys steelers yankees
lakers arsenal chelsea liverpool manchester barcelona realmadrid ronaldo messi neymar totti maldini baggio buffon
maverick jackson madison london paris berlin america canada australia zxcvbnm asdfgh asdfghjkl qwertyuiop correct horse battery staple`.split(
    /\s+/,
  );
