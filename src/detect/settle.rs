//! Decides about all candidates of one blob, in one canonical order: dismissals, checksums, overlaps, pairs.

use std::collections::BTreeMap;

use super::beside;
use super::context::{PlaceFacts, Places, Role};
use super::decode::{Decoded, Layers};
use super::dismiss::{self, Dismissed};
use super::evidence;
use super::file;
use super::score::{self, Depth, Feature, Features, Score};
use super::work::visited;
use super::{
    Candidate, Detector, KindName, PositionName, PrecheckName, Range2, Rule, Syntax, checksum, is_long,
    local, redacted,
};
use crate::finding::{Confidence, Severity};

impl Match {
    /// The candidate that it was.
    #[must_use]
    pub fn candidate(&self) -> Candidate {
        let Self { rule, span, value, syntax, .. } = *self;
        Candidate { rule, span, value, anchor: span.start, syntax }
    }
}

/// A candidate that is reported, if its confidence suffices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Index of the rule in the detector.
    pub rule: u16,
    /// The whole match.
    pub span: Range2,
    /// The value.
    pub value: Range2,
    /// How the value is written.
    pub syntax: Syntax,
    /// How sure.
    pub confidence: Confidence,
    /// How bad.
    pub severity: Severity,
    /// What moved the confidence, for people.
    pub reasons: Vec<&'static str>,
    /// What the text tells about it, such as whose it is.
    pub facts: Vec<String>,
    /// Where the value stands that it makes a credential with.
    pub pair: Option<Range2>,
    /// The value, if it stands in the text in encoded form only; `value` is where that form stands.
    pub decoded: Option<Decoded>,
}

impl Match {
    /// The value; `bytes` is the text it was found in.
    #[must_use]
    pub fn value_in<'b>(&'b self, bytes: &'b [u8]) -> &'b [u8] {
        self.decoded.as_ref().map_or_else(|| &bytes[self.value.range()], |decoded| decoded.secret.expose())
    }
}

/// What became of a blob's candidates.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// In order of position.
    pub matches: Vec<Match>,
    /// With the reason, in order of position.
    pub dismissed: Vec<(Candidate, Dismissed)>,
    /// Anchors of encoded regions of which a part was not decoded.
    pub cut: Vec<usize>,
    /// Bytes that were decoded, in all layers.
    pub decoded_bytes: usize,
}

impl Detector {
    /// Scans and settles in one step.
    #[must_use]
    pub fn find(&self, bytes: &[u8], facts: &PlaceFacts) -> Settled {
        self.settle(bytes, &self.scan(bytes), facts)
    }

    /// The same, of rules that tell a value by its own format: what is known by its position alone never takes the
    /// place of such a value. And whether [`Detector::values_near`] may be asked of parts of the text.
    #[must_use]
    pub fn find_formats(&self, bytes: &[u8], facts: &PlaceFacts) -> (Settled, bool) {
        let mut candidates = self.scan_formats(bytes);
        let is_local = facts.file.is_none() && !candidates.iter().any(|candidate| self.is_long(candidate));
        candidates.retain(|candidate| {
            let encoded = matches!(candidate.syntax, Syntax::Encoded(_));
            encoded || self.rules[usize::from(candidate.rule)].has_own_format()
        });
        (self.settle(bytes, &candidates, facts), is_local)
    }

    /// Decides about the candidates of one blob. Order and repetition of `candidates` do not matter.
    #[must_use]
    pub fn settle(&self, bytes: &[u8], candidates: &[Candidate], facts: &PlaceFacts) -> Settled {
        let mut settled = self.settle_layer(bytes, candidates, facts, &mut Layers::new(self.decode_depth));
        if let Some(found) = facts.file.and_then(|file| self.secret_file(bytes, file, facts.role)) {
            file::settle(found, &mut settled);
        }
        settled
    }

    /// Decides about the candidates of a text that may itself have been decoded.
    pub(super) fn settle_layer(
        &self,
        bytes: &[u8],
        candidates: &[Candidate],
        facts: &PlaceFacts,
        layers: &mut Layers,
    ) -> Settled {
        let mut settled = Settled::default();
        let mut matches: Vec<(Match, Candidate)> = Vec::new();
        let read = self.read_all(bytes, candidates, facts, (layers, &mut settled));
        for candidate in self.resolved(bytes, candidates) {
            match self.judge(bytes, &candidate, facts) {
                Ok(_) if self.is_local_default(bytes, &candidate) => {
                    settled.dismissed.push((candidate, Dismissed::LocalDefault));
                }
                Ok(found) => matches.push((found, candidate)),
                Err(why) => settled.dismissed.push((candidate, why)),
            }
        }
        self.settle_overlaps(matches, &mut settled);
        self.settle_regions(bytes, read, &mut settled);
        self.settle_pairs(bytes, &mut settled.matches);
        settled.dismissed.sort_by_key(|(candidate, why)| (candidate.value, candidate.rule, *why));
        evidence::add(self, bytes, &mut settled);
        settled
    }

    /// Decided here and not in `judge`: the host lies beyond what a scan reads round a keyword.
    fn is_local_default(&self, bytes: &[u8], candidate: &Candidate) -> bool {
        let rule = &self.rules[usize::from(candidate.rule)];
        rule.precheck == Some(PrecheckName::Userinfo) && local::is_default(bytes, candidate)
    }

    /// Long rules tried, repetitions removed, sorted.
    fn resolved(&self, bytes: &[u8], candidates: &[Candidate]) -> Vec<Candidate> {
        let mut all = self.resolve(bytes, candidates);
        let is_tried = |candidate: &&Candidate| {
            !matches!(candidate.syntax, Syntax::Encoded(_)) && !self.is_untried(candidate)
        };
        all.extend(candidates.iter().filter(is_tried).cloned());
        all.sort();
        all.dedup_by(|b, a| (a.rule, a.value) == (b.rule, b.value));
        all
    }

    /// Decides about one candidate by itself.
    ///
    /// # Errors
    /// The reason why it is not a secret.
    pub fn judge(&self, bytes: &[u8], candidate: &Candidate, facts: &PlaceFacts) -> Result<Match, Dismissed> {
        let rule = &self.rules[usize::from(candidate.rule)];
        let value = &bytes[candidate.value.range()];
        visited(|| value.len());
        if redacted::is_mark(bytes, candidate.value.range()) {
            return Err(Dismissed::Redacted);
        }
        let mut found = Match {
            rule: candidate.rule,
            span: candidate.span,
            value: candidate.value,
            syntax: candidate.syntax,
            confidence: rule.confidence,
            severity: rule.meta.severity,
            reasons: Vec::new(),
            facts: Vec::new(),
            pair: None,
            decoded: None,
        };
        if candidate.syntax == Syntax::Pattern {
            judge_format(rule, value, &mut found)?;
        } else if let Some(why) = dismiss::of_assignment(bytes, candidate, facts) {
            return Err(why);
        }
        if let Some(score) = self.scored(bytes, candidate, facts, Depth::Enough) {
            judge_score(&score, floor(rule, &score), facts, &mut found)?;
        }
        if is_short_in_constructor(bytes, candidate) {
            found.confidence = Confidence::Low;
        }
        if self.is_in_base64(bytes, candidate, &found) {
            found.confidence = Confidence::Low;
            found.reasons.push("inside a longer encoded text");
        }
        Ok(found)
    }

    /// Whether a value that only its shape tells is a part of a longer encoded text.
    fn is_in_base64(&self, bytes: &[u8], candidate: &Candidate, found: &Match) -> bool {
        let rule = &self.rules[usize::from(candidate.rule)];
        let by_shape =
            candidate.syntax == Syntax::Pattern && rule.position.is_none() && rule.matcher.is_none();
        if !by_shape || found.reasons.contains(&RIGHT_CHECK) {
            return false;
        }
        let reach = if is_long(rule) { self.long_reach(bytes, candidate) } else { self.reach() };
        let seen = candidate.anchor.saturating_sub(reach)..candidate.anchor + reach;
        beside::is_in_base64(bytes, candidate.value, seen.into())
    }

    /// The places at which a candidate counts; a value between others may yet give way to one of them.
    #[must_use]
    pub fn places(&self, bytes: &[u8], candidate: &Candidate) -> Places {
        let rule = &self.rules[usize::from(candidate.rule)];
        match rule.position.is_some() || candidate.syntax != Syntax::Pattern {
            true => Places::which(|facts| self.judge(bytes, candidate, facts).is_ok()),
            // What has a format of its own is judged by it alone.
            false => Places::ALL,
        }
    }

    /// The score of a candidate that has no format of its own.
    #[must_use]
    pub fn score(&self, bytes: &[u8], candidate: &Candidate, facts: &PlaceFacts) -> Option<Score> {
        self.scored(bytes, candidate, facts, Depth::All)
    }

    fn scored(&self, bytes: &[u8], candidate: &Candidate, facts: &PlaceFacts, depth: Depth) -> Option<Score> {
        let rule = &self.rules[usize::from(candidate.rule)];
        let scored = rule.position.is_some() || candidate.syntax != Syntax::Pattern;
        scored.then(|| score::score(bytes, candidate, rule.position, facts, depth))
    }

    /// Of matches that share bytes of the value, the more telling one stays.
    fn settle_overlaps(&self, mut matches: Vec<(Match, Candidate)>, settled: &mut Settled) {
        matches.sort_by_key(|(found, _)| std::cmp::Reverse(self.rank(found)));
        // Start and end of what is kept; nothing kept overlaps, so the last that begins before an end decides.
        let mut kept: BTreeMap<usize, usize> = BTreeMap::new();
        for (found, candidate) in matches {
            let before = kept.range(..found.value.end).next_back();
            if before.is_some_and(|(_, &end)| end > found.value.start) {
                settled.dismissed.push((candidate, Dismissed::Overlap));
            } else {
                kept.insert(found.value.start, found.value.end);
                settled.matches.push(found);
            }
        }
        settled.matches.sort_by_key(|found| (found.value, found.rule));
    }

    fn rank(&self, found: &Match) -> impl Ord + use<> {
        let rule = &self.rules[usize::from(found.rule)];
        let length = found.value.end - found.value.start;
        (
            rule.has_own_format(),
            found.confidence,
            rule.secret_prefix.len(),
            length,
            std::cmp::Reverse(found.rule),
        )
    }

    /// A half whose other half stands near is surer.
    fn settle_pairs(&self, bytes: &[u8], matches: &mut [Match]) {
        let values: Vec<(Range2, u16)> = matches.iter().map(|found| (found.value, found.rule)).collect();
        for index in 0..matches.len() {
            let Some((partner, lines)) = self.rules[usize::from(matches[index].rule)].near else { continue };
            let own = values[index].0;
            let client = client_of(bytes, &matches[index]);
            let is_partner = |(value, rule): &&(Range2, u16)| {
                self.rules[usize::from(*rule)].meta.id == partner
                    && within(bytes, *value, own, lines as usize)
                    && client.is_none_or(|word| is_id_of(bytes, word, *value))
            };
            let near = |(value, _): &&(Range2, u16)| value.start.abs_diff(own.start) <= 2 * PAIR_DISTANCE;
            let before = values[..index].iter().rev().take_while(near);
            let after = values[index + 1..].iter().take_while(near);
            if let Some((partner, rule)) = before.chain(after).find(is_partner).copied() {
                let title = self.rules[usize::from(rule)].meta.title;
                let found = &mut matches[index];
                found.confidence = found.confidence.raise();
                found.pair = Some(partner);
                found.facts.push(format!("together with the {title} near it"));
            }
        }
    }
}

/// What a name calls the client whose secret an assigned value is: `client` or `app`, empty where it is no such secret;
/// nothing for a value with a format of its own.
fn client_of(bytes: &[u8], found: &Match) -> Option<&'static [u8]> {
    if found.syntax == Syntax::Pattern {
        return None;
    }
    let name = dismiss::name_of(bytes, &found.candidate());
    let letters: Vec<u8> =
        name.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    let stem = letters.strip_suffix(b"secret").unwrap_or_default();
    [&b"client"[..], b"app"].into_iter().find(|word| stem.ends_with(word)).or(Some(b""))
}

/// Whether the id at `value` is called by the same word as the secret, and looks like one that a service gave.
fn is_id_of(bytes: &[u8], word: &[u8], value: Range2) -> bool {
    let before = bytes[value.start.saturating_sub(ID_NAME)..value.start].to_ascii_lowercase();
    let id = memchr::memmem::rfind(&before, b"id").unwrap_or(0);
    let name = before[..id].strip_suffix(b"_").or(before[..id].strip_suffix(b"-")).unwrap_or(&before[..id]);
    !word.is_empty() && name.ends_with(word) && bytes[value.range()].iter().any(u8::is_ascii_digit)
}

/// What is said of a value whose own check holds.
const RIGHT_CHECK: &str = "its checksum is right";
/// What is said of a value whose own check fails.
pub const WRONG_CHECK: &str = "its checksum is wrong";

/// Bytes before an id in which its name stands.
const ID_NAME: usize = 64;
/// Farthest that the halves of a credential stand apart, in bytes.
const PAIR_DISTANCE: usize = 1024;

/// Whether two values are at most `lines` lines and 1,024 bytes apart.
fn within(bytes: &[u8], one: Range2, other: Range2, lines: usize) -> bool {
    let (start, end) = (one.end.min(other.end), one.start.max(other.start));
    start >= end
        || (end - start <= PAIR_DISTANCE && memchr::memchr_iter(b'\n', &bytes[start..end]).count() <= lines)
}

fn judge_format(rule: &Rule, value: &[u8], found: &mut Match) -> Result<(), Dismissed> {
    if let Some(why) = dismiss::of_format(rule, value) {
        return Err(why);
    }
    match rule.checksum.and_then(|kind| checksum::check(kind, value)) {
        Some(true) => {
            found.confidence = Confidence::High.min(found.confidence.raise());
            found.reasons.push(RIGHT_CHECK);
        }
        Some(false) => {
            found.confidence = Confidence::Low;
            found.reasons.push(WRONG_CHECK);
        }
        None => {}
    }
    if rule.kind == Some(KindName::Test) {
        found.reasons.push("a test-mode value");
    }
    if memchr::memmem::find(value, b"ENCRYPTED").is_some() && rule.matcher.is_some() {
        found.severity = found.severity.min(Severity::Medium);
        found.reasons.push("the key is encrypted with a passphrase");
    }
    Ok(())
}

/// The least confidence that a pattern's position gives: between user and host of a URL stands a password.
fn floor(rule: &Rule, score: &Score) -> Option<Confidence> {
    let doubts = [Feature::HostExample, Feature::HostLocal, Feature::UserPlain, Feature::NamesCredential];
    let doubts = doubts.iter().chain(&[Feature::TestWord, Feature::SaysCounting]);
    match rule.position? {
        PositionName::Userinfo if !doubts.into_iter().any(|doubt| score.features.has(*doubt)) => {
            Some(Confidence::Medium)
        }
        PositionName::Userinfo | PositionName::Command => Some(Confidence::Low),
        PositionName::Header | PositionName::Call => None,
    }
}

/// Whether the value is of low confidence whatever its score: who has a hash of a password does not have the
/// password, a UUID names something more often than it opens it, and a short word is no token.
fn is_weak_evidence(features: Features) -> bool {
    let has = |feature: Feature| features.has(feature);
    let hashed = has(Feature::HashFormat) || (has(Feature::NameHash) && has(Feature::HexOfHash));
    let named = [Feature::NameApiKey, Feature::NameSecret, Feature::NameToken, Feature::NamePassword]
        .into_iter()
        .any(has);
    // `AutoFillCredential = service("…")` names a thing that is about credentials.
    let made = has(Feature::NameCredential) && has(Feature::OperatorWrapped);
    hashed || made || (has(Feature::Uuid) && !named) || is_short_word(features)
}

/// `http://user:…@example.com`: neither the user nor the host is anybody's (RFC 2606).
fn is_documentation(features: Features) -> bool {
    features.has(Feature::UserPlain) && features.has(Feature::HostExample)
}

/// A word of a few letters under a name for a token or a key.
fn is_short_word(features: Features) -> bool {
    let any = |wanted: &[Feature]| wanted.iter().any(|feature| features.has(*feature));
    any(&[Feature::Lower, Feature::Upper, Feature::Capitalized])
        && any(&[Feature::Length5, Feature::Length7, Feature::Length11])
        && any(&[Feature::NameToken, Feature::NameKey])
}

/// `Secret::new("…")` with fewer than 16 characters: a type's constructor says less than a variable's name, and
/// secrets that are issued are longer.
fn is_short_in_constructor(bytes: &[u8], candidate: &Candidate) -> bool {
    let before = &bytes[candidate.span.start..candidate.value.start];
    let is_path = candidate.syntax != Syntax::Pattern && memchr::memmem::find(before, b"::new(").is_some();
    is_path && candidate.value.range().len() < 16
}

/// Confidence of a value in a credential position. A right checksum tells more than the position.
fn judge_score(
    score: &Score,
    floor: Option<Confidence>,
    facts: &PlaceFacts,
    found: &mut Match,
) -> Result<(), Dismissed> {
    if facts.role == Role::Test {
        found.reasons.push("in a test");
    }
    if !found.reasons.contains(&RIGHT_CHECK) {
        let confidence = score.confidence().max(floor).ok_or(Dismissed::Unlikely)?;
        let wrong = found.reasons.contains(&WRONG_CHECK);
        let bare_word = score.features.has(Feature::Bare) && is_short_word(score.features);
        if confidence == Confidence::Low && (wrong || bare_word) {
            return Err(Dismissed::Unlikely);
        }
        let weak = wrong || is_weak_evidence(score.features) || is_documentation(score.features);
        found.confidence = if weak { Confidence::Low } else { confidence };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::builtin;

    #[test]
    fn places_are_those_at_which_a_candidate_counts() {
        // Put together here, so that no password stands in this text.
        let text = format!("pass{} = {}\n", "word", ["q8Zr2L", "wX0pVt"].concat());
        let detector = Detector::new(builtin());
        let (mut counts, mut does_not) = (false, false);
        for candidate in detector.scan(text.as_bytes()) {
            let places = detector.places(text.as_bytes(), &candidate);
            for path in [".env", "a.py", "README.md", "tests/a.rb", "a.lock", "locales/de.yml", "sample.cfg"]
            {
                let facts = PlaceFacts::of_path(path.as_bytes());
                let judged = detector.judge(text.as_bytes(), &candidate, &facts).is_ok();
                assert_eq!(places.has(&facts), judged, "{path}");
                counts |= judged;
                does_not |= !judged;
            }
        }
        assert!(counts && does_not, "a bare word is a value in an env file and code in a program");
    }
}
