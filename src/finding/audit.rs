//! What an audit says besides its findings: what takes them out of the history, and what that cannot reach.

/// A step of the way out: what to do, and the commands that do it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What is done, in a sentence.
    pub text: String,
    /// Commands, a line each; empty where a person does it.
    pub commands: Vec<String>,
}

/// The purge of a history, as reports tell it. No value is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// What the purge leaves as it is in this repository: which value or path, and why.
    pub by_hand: Vec<String>,
    /// What no rewrite of this repository reaches.
    pub out_of_reach: Vec<String>,
}
