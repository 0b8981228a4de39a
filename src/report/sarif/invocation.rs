//! Whether the scan was complete, and a notification for each thing that was not scanned.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    Invocation, Message, MultiformatMessageString, Notification, ReportingDescriptor,
    ReportingDescriptorReference,
};

use super::super::words;
use super::rules::pascal_case;
use crate::finding::{Coverage, Gap};

/// Gaps that get a notification of their own; one more says how many are left.
const GAPS: usize = 100;
const MORE_GAPS: &str = "more-gaps";
const RESULTS_LEFT_OUT: &str = "results-left-out";
const NOTE: &str = "note";

/// The invocation, and the descriptors its notifications refer to.
///
/// `left_out` results are not in the run, since a service would reject it.
pub(super) fn build(coverage: &Coverage, left_out: usize) -> (Invocation, Vec<ReportingDescriptor>) {
    let told = told(coverage, left_out);
    let helps: BTreeMap<&str, &str> = told.iter().map(|told| (told.id, told.help)).collect();
    let index = |id: &str| helps.range(..id).count() as i64;
    let notifications: Vec<Notification> = told
        .iter()
        .map(|told| {
            let descriptor =
                ReportingDescriptorReference::builder().id(told.id).index(index(told.id)).build();
            Notification::builder()
                .descriptor(descriptor)
                .level(json!(told.level))
                .message(Message::builder().text(told.text.clone()).build())
                .build()
        })
        .collect();
    let invocation = Invocation::builder()
        .execution_successful(coverage.complete())
        .tool_execution_notifications(notifications)
        .build();
    (invocation, helps.into_iter().map(|(id, help)| descriptor(id, help)).collect())
}

/// One notification before SARIF.
struct Told {
    id: &'static str,
    level: &'static str,
    text: String,
    /// What to do about it; the same for all of an id.
    help: &'static str,
}

fn told(coverage: &Coverage, left_out: usize) -> Vec<Told> {
    let gaps = coverage.gaps();
    let mut told: Vec<Told> = gaps.iter().take(GAPS).map(|gap| gap_told(gap)).collect();
    if gaps.len() > GAPS {
        let more = words::number((gaps.len() - GAPS) as u64);
        let text = format!("{more} more things in scope were not scanned.");
        told.push(Told { id: MORE_GAPS, level: "error", text, help: "Other formats count them by reason." });
    }
    if left_out > 0 {
        let more = words::number(left_out as u64);
        let text = format!(
            "{more} results are not in this run: a service takes 25,000 at most, and 10 MB packed. The worst \
             were kept."
        );
        told.push(Told {
            id: RESULTS_LEFT_OUT,
            level: "warning",
            text,
            help: "The JSON format has them all.",
        });
    }
    told.extend(coverage.notes().iter().map(|note| {
        let text = words::sentence(note);
        Told { id: NOTE, level: "note", text, help: "For your information." }
    }));
    told
}

fn gap_told(gap: &Gap) -> Told {
    let (id, help) = (gap.reason.id(), gap.reason.way_out());
    let detail = if gap.detail.is_empty() { String::new() } else { format!(": {}", gap.detail) };
    let text = format!("Not scanned ({id}): '{}'{detail}. To do: {help}.", gap.place);
    Told { id, level: "error", text, help }
}

fn descriptor(id: &str, help: &str) -> ReportingDescriptor {
    let short = match id {
        RESULTS_LEFT_OUT => "There are more results than a service takes.",
        NOTE => "A fact about the scan.",
        _ => "Something in scope was not scanned.",
    };
    let plain = |text: &str| MultiformatMessageString::builder().text(text).build();
    ReportingDescriptor::builder()
        .id(id)
        .name(format!("Scan{}", pascal_case(id)))
        .short_description(plain(short))
        .full_description(plain(short))
        .help(plain(help))
        .build()
}
