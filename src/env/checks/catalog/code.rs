//! Code, logs, the edge, and the grammar of dotenv files (groups B7 to B9).

use super::checks;
use super::words::{E, FIRST, LATER, N, O, W};

checks! {
"env-dump-in-log" [E E W O E] None, FIRST, "No API keys in logs or env dumps";
    "Whole environment is printed"; "All secrets end up in logs or on a page.";
    "Print the variables that are needed, by name"; "console.log(process.env)"; "console.log(process.env.NODE_ENV)"
"secret-in-log" [E E E O E] None, FIRST, "Logs contain secrets";
    "Secret is printed"; "Logs are read by many, and kept for long.";
    "Do not print it"; "logger.info(process.env.API_KEY)"; "logger.info('key is set')"
"cors-wildcard-with-credentials" [E E E N E] Some("8.1"), FIRST, "No wildcard with credentials";
    "Any site may send requests with the visitor's cookies"; "A foreign page acts as the visitor.";
    "List the origins"; "origin: '*', credentials: true"; "origin: ['https://app.acme.io']"
"cors-permissive-origins" [W N O O W] None, FIRST, "Allow only your production domains and trusted subdomains";
    "Origins are too many"; "Foreign or local pages may read answers.";
    "List production's origins, with scheme and host"; "CORS_ORIGINS with localhost in production"; "CORS_ORIGINS=https://app.acme.io"
"insecure-cookie" [W W O O W] None, FIRST, "Cookies are HttpOnly, Secure and SameSite";
    "Cookie without protection"; "Scripts or listeners on the way can take the session.";
    "Set HttpOnly, Secure and SameSite"; "httpOnly: false for a session"; "httpOnly: true, secure: true, sameSite: 'lax'"
"spf-permissive" [E E E E E] None, FIRST, "SPF, DKIM, DMARC all pass";
    "SPF lets everybody send"; "Anybody can send mail in the domain's name.";
    "End the record with ~all or -all"; "v=spf1 +all"; "v=spf1 include:_spf.acme.io ~all"
"dmarc-not-enforced" [W W W W W] None, FIRST, "SPF, DKIM, DMARC all pass";
    "DMARC is not enforced"; "Forged mail is delivered.";
    "Use p=quarantine or p=reject for all mail, with a rua address"; "v=DMARC1; p=none"; "v=DMARC1; p=quarantine; rua=mailto:d@acme.io"
"dkim-test-mode" [N N N N N] None, LATER, "SPF, DKIM, DMARC all pass";
    "DKIM is in test mode or revoked"; "Receivers treat signed mail as unsigned.";
    "Take out t=y, and publish a key"; "v=DKIM1; t=y"; "v=DKIM1; k=rsa; p=<key>"
"hsts-missing-or-disabled" [W O O O W] None, LATER, "SSL is active everywhere, with redirects from HTTP to HTTPS";
    "HSTS is missing or off"; "The first request can be taken over.";
    "Send Strict-Transport-Security with a year"; "max-age=0"; "max-age=31536000"
"redirect-loop" [E W O O E] None, FIRST, "Redirects from HTTP to HTTPS";
    "Redirects lead back to themselves"; "Visitors see an error.";
    "Take one of them out"; "/a to /b and /b to /a"; "/a to /b"
"session-never-expires" [W N O O W] None, FIRST, "Cookies are HttpOnly, Secure, or SameSite";
    "Session or token lives too long"; "A stolen one works for ever.";
    "Let it end within days"; "sign(payload, key)"; "sign(payload, key, { expiresIn: '1h' })"
"mixed-content-in-bundle" [W W W O W] None, FIRST, "No mixed content";
    "Page loads parts without encryption"; "Browsers block them, or somebody on the way changes them.";
    "Load them over https"; "<script src=\"http://…\">"; "<script src=\"https://…\">"
"duplicate-key" [E E E E E] None, LATER, "Environment variables are reviewed";
    "Key is set twice"; "Loaders disagree on which one counts.";
    "Keep one"; "FOO=1 and FOO=2"; "FOO=2"
"lowercase-key" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Key in lower case"; "On some systems another case is another variable.";
    "Write it in capitals"; "foo=1"; "FOO=1"
"invalid-key" [W W W W W] None, LATER, "Environment variables are reviewed";
    "No name of a variable"; "Shells and some loaders refuse it.";
    "Use letters, digits and _"; "KEBAB-KEY=1"; "KEBAB_KEY=1"
"key-without-equals" [W W W W W] None, LATER, "Environment variables are reviewed";
    "Line without ="; "Loaders skip it, fail, or take it into the next key.";
    "Write KEY= or take it out"; "NOVALUE"; "NOVALUE="
"space-around-equals" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Blanks round ="; "Shells and docker do not accept it.";
    "Take them out"; "A = 1"; "A=1"
"unquoted-whitespace" [W W W W W] None, LATER, "Environment variables are reviewed";
    "Blanks in a value without quotes"; "Shells and some loaders take the first word only, or fail.";
    "Put it in quotes"; "A=b c"; "A=\"b c\""
"unterminated-quote" [E E E E E] None, LATER, "Environment variables are reviewed";
    "Quote is not closed"; "Loaders lose this value or the next ones.";
    "Close it"; "A=\"b"; "A=\"b\""
"byte-order-mark" [W W W W W] None, LATER, "Environment variables are reviewed";
    "Invisible mark at the start"; "Some loaders take it into the first key's name.";
    "Save the file as UTF-8 without a mark"; "a mark before the first key"; "none"
"mixed-line-endings" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Two kinds of line ends"; "Some loaders keep the carriage return in the value.";
    "Use one kind"; "CR LF here, LF there"; "LF everywhere"
"trailing-whitespace" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Blanks at the end of a line"; "docker takes them into the value.";
    "Take them out"; "a blank after the value"; "none"
"leading-character" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Line begins with something else than a name"; "Loaders skip it or fail.";
    "Begin with the name"; " A=1"; "A=1"
"parser-divergent-value" [W W W W W] None, FIRST, "No missing environment variables at deploy";
    "Loaders read this value differently"; "A program in another language gets another value.";
    "Put the value in quotes that all loaders read alike"; "a # or $ in a value without quotes"; "the value in single quotes"
"unused-allow" [N N N N N] None, LATER, "Environment variables are reviewed";
    "Mark that allows nothing"; "It hides the next finding here.";
    "Take it out, or give the reason"; "# ringfence:allow weak-secret"; "# ringfence:allow weak-secret only used in tests"
}
