//! HTML: one page for a browser, with everything in it and nothing to load. A value never appears here.
//!
//! The page holds the JSON document as inert data and a script of our own that makes text nodes of it, never markup.
//! A policy in its head lets run exactly that script: its hash is there. A nonce would be no help in a file, since
//! whoever plants markup could read it beforehand. Without scripts there is a plain list.

mod plain;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Report, json, safe, words};
use crate::finding::Outcome;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
/// One script, in the order in which its parts need each other.
const SCRIPT: &str = concat!(
    include_str!("html/dom.js"),
    include_str!("html/facts.js"),
    include_str!("html/verdict.js"),
    include_str!("html/filter.js"),
    include_str!("html/detail.js"),
    include_str!("html/findings.js"),
    include_str!("html/timeline.js"),
    include_str!("html/todo.js"),
    include_str!("html/matrix.js"),
    include_str!("html/coverage.js"),
    include_str!("html/keys.js"),
    include_str!("html/page.js"),
);

/// A page for a browser.
#[derive(Debug, Clone, Copy)]
pub struct Html {
    /// When the scan ran, seconds since 1970 UTC.
    pub now: i64,
    /// Whether nothing but variables was looked at, so that no finding means nothing.
    pub only_inventory: bool,
}

/// What the page's script reads.
#[derive(Serialize)]
struct Data<'a> {
    kind: &'static str,
    subject: &'a str,
    now: Option<String>,
    hidden: Vec<Hidden>,
    #[serde(flatten)]
    report: json::Document<'a>,
}

#[derive(Serialize)]
struct Hidden {
    count: usize,
    detail: &'static str,
}

impl Report for Html {
    fn write(&self, outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            source(STYLE),
            source(SCRIPT)
        );
        let title = match outcome.subject.as_str() {
            "" => "ringfence report".to_owned(),
            subject => format!("{}: ringfence report", plain::escape(subject)),
        };
        let parts = [
            ("{{policy}}", policy.as_str()),
            ("{{title}}", &title),
            ("{{style}}", STYLE),
            ("{{plain}}", &plain::list(outcome, self.only_inventory)),
            ("{{data}}", &data(self, outcome)?),
            ("{{script}}", SCRIPT),
        ];
        let mut rest = PAGE;
        for (mark, text) in parts {
            let (before, after) = rest.split_once(mark).expect("the page has each mark once, in this order");
            out.write_all(before.as_bytes())?;
            out.write_all(text.as_bytes())?;
            rest = after;
        }
        out.write_all(rest.as_bytes())?;
        out.flush()
    }
}

/// What a policy calls this text.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// JSON in which no character can end the element it stands in.
fn data(html: &Html, outcome: &Outcome) -> io::Result<String> {
    let kind = match (html.only_inventory, &outcome.audit) {
        (true, _) => "inventory",
        (false, Some(_)) => "audit",
        (false, None) => "scan",
    };
    let hidden = outcome.verdict.hidden.iter();
    let data = Data {
        kind,
        subject: &outcome.subject,
        now: words::time(html.now),
        hidden: hidden.map(|(why, &count)| Hidden { count, detail: why.phrase() }).collect(),
        report: json::Document::without_values(outcome),
    };
    let document = safe::json(serde_json::to_string(&data)?);
    Ok(document.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::fixture::{audit, file, finding, hostile, launch, outcome, place, rendered};
    use super::*;

    const HOSTILE: &str =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)>-->{{script}}&quot;.ts";

    fn page() -> String {
        let mut all = outcome(vec![finding(0, vec![place(file(HOSTILE.as_bytes()), 0, 12)])]);
        all.subject = HOSTILE.to_owned();
        all.coverage.note(HOSTILE);
        all.launch = launch();
        all.launch[0].detail = HOSTILE.to_owned();
        all.audit = Some(audit());
        rendered(Format::Html, &all)
    }

    /// What the page's data says, as its script reads it.
    fn parsed(page: &str) -> serde_json::Value {
        let (_, from) = page.split_once("id=\"data\">").expect("the page has data");
        let (data, _) = from.split_once("</script>").expect("the element ends");
        serde_json::from_str(data).expect("it is JSON")
    }

    #[test]
    fn names_from_a_repository_make_no_markup() {
        let page = page();
        assert!(!page.contains("<img") && !page.contains("<script>alert"), "{page}");
        assert_eq!(page.matches("<script").count(), 2, "the data and the page's own script");
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("-->").count(), 0);
        assert_eq!(parsed(&page)["findings"][0]["location"]["path"], HOSTILE, "and nothing of them is lost");
    }

    #[test]
    fn the_policy_names_the_very_script_and_style_and_allows_nothing_else() {
        let page = page();
        let between = |from: &str, to: &str| {
            let (_, rest) = page.split_once(from).expect("it begins");
            rest.split_once(to).expect("it ends").0.to_owned()
        };
        let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
        let (style, script) = (between("<style>", "</style>"), between("<script>", "</script>"));
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
                source(&style),
                source(&script)
            )
        );
        assert!(!page.contains(" style=\"") && !page.contains(" onclick"), "which the policy would stop");
    }

    #[test]
    fn the_script_makes_text_of_what_it_reads_and_loads_nothing() {
        for risky in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "fetch(",
            "import(",
        ] {
            assert!(!SCRIPT.contains(risky), "{risky}");
        }
        for load in ["src=", "@import", "url(", "<link"] {
            assert!(!STYLE.contains(load) && !PAGE.contains(load), "{load}");
        }
    }

    #[test]
    fn without_scripts_the_page_lists_rows_findings_and_what_was_not_scanned() {
        let mut all = hostile();
        all.launch = launch();
        let page = rendered(Format::Html, &all);
        let (_, from) = page.split_once("<noscript>").expect("it is there");
        let (list, _) = from.split_once("</noscript>").expect("it ends");
        for part in [
            "INCOMPLETE: 131 things",
            "fix first",
            "no log files here",
            "github-pat",
            "src/ü ö.ts:1",
            "77 of low confidence",
        ] {
            assert!(list.contains(part), "{part} is not in {list}");
        }
    }

    #[test]
    fn an_inventory_does_not_say_that_nothing_was_found() {
        let mut out = Vec::new();
        let html = Html { now: 0, only_inventory: true };
        html.write(&outcome(Vec::new()), &mut out).expect("a Vec can be written to");
        let page = String::from_utf8(out).expect("reports are UTF-8");
        assert_eq!(parsed(&page)["kind"], "inventory");
        let (_, from) = page.split_once("<noscript>").expect("it is there");
        assert!(!from.split_once("</noscript>").expect("it ends").0.contains("0 findings"));
    }
}
