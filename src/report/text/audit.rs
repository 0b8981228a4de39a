//! The end of an audit for people: what takes the findings out of the history, and what that does not reach.

use super::super::safe;
use crate::finding::Audit;

/// Steps with their commands, then what is left to do by hand and what is out of reach.
pub(super) fn render(audit: &Audit) -> String {
    let mut out = String::new();
    if audit.steps.is_empty() {
        return out;
    }
    out += "what to do now\n";
    for (step, n) in audit.steps.iter().zip(1..) {
        out += &format!("  [ ] {n}. {}\n", safe::terminal(&step.text));
        step.commands.iter().for_each(|command| out += &format!("         {}\n", safe::terminal(command)));
    }
    let lists = [("the plan does not take out", &audit.by_hand), ("out of reach", &audit.out_of_reach)];
    for (title, lines) in lists.iter().filter(|(_, lines)| !lines.is_empty()) {
        out += &format!("{title}\n");
        lines.iter().for_each(|line| out += &format!("  - {}\n", safe::terminal(line)));
    }
    out.push('\n');
    out
}
