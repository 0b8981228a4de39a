//! What a pattern says about itself: required literals, where they stand in a match, the longest match.
//!
//! Shared with build.rs (by `#[path]`). A pattern without a selective literal or without an upper bound
//! is refused: the first could not be prefiltered, the second could not be run in a window.

use regex_syntax::hir::{Hir, HirKind, Look};

/// Longest match a pattern may have, in bytes.
const LONGEST: usize = 4096;
/// Most times that a pattern may make each byte of a text be looked at, whatever the text is. Of the rules that ringfence
/// ships the worst comes to 656 (a test counts).
const DENSEST: usize = 1024;
/// Most literals derived for one pattern; more are no filter.
const MOST_LITERALS: usize = 64;

/// What `<is>` in a pattern stands for: the end of a key, an assignment operator, the start of a value.
///
/// Closing quote or bracket of the key, blanks, `=` `:` `:=` `=>` `==` `,` `>` or `(`, blanks, opening
/// quotes; all bounded.
pub(super) const IS: &str = r#"[\]"'\x60\\]{0,4}[ \t]{0,12}(?:[:=]{1,3}>?|,|>|\()[ \t]{0,12}[\\"'\x60]{0,4}"#;

/// Facts derived from a pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The pattern with `<is>` expanded; empty for hand-written matchers.
    pub pattern: String,
    /// Lower-case literals; one of them is in every match.
    pub keywords: Vec<Vec<u8>>,
    /// The farthest that a keyword begins after the start of a match, in bytes.
    pub before: usize,
    /// The longest match, in bytes.
    pub max_len: usize,
    /// The literal that every secret of this rule begins with; public, so it may be shown.
    pub secret_prefix: String,
}

/// The shape of a rule with a hand-written matcher: its keywords.
#[must_use]
pub(super) fn literal_shape(keywords: &[String]) -> Shape {
    Shape { keywords: lower(keywords), ..Shape::default() }
}

/// Derives the shape of a pattern, or says why it cannot be used.
///
/// # Errors
/// A message for the author of the rule.
pub(super) fn analyse(pattern: &str, keywords: &[String]) -> Result<Shape, String> {
    let expanded = pattern.replace("<is>", IS);
    let hir = parse(&expanded)?;
    let max_len = hir.properties().maximum_len().ok_or("the pattern has no upper bound: write {n,m}")?;
    if max_len > LONGEST {
        return Err(format!("the pattern can match {max_len} bytes; at most {LONGEST} are allowed"));
    }
    if hir.properties().look_set().contains_anchor() {
        return Err("anchors (^ $ \\A \\z) are not allowed: a window has no start or end".into());
    }
    let secret = secret_group(&hir).ok_or("the pattern needs exactly one group `(?P<secret>…)`")?;
    let (literals, at) = required_literals(&hir).unwrap_or_default();
    let (keywords, before) = match keywords.is_empty() {
        false => named_keywords(keywords, &hir, max_len),
        true if literals.is_empty() => {
            return Err("no literal of 3 or more bytes is in every match: give `keywords`".into());
        }
        true => (literals, at),
    };
    let times = times_looked_at(&keywords, before, max_len);
    if times > DENSEST {
        return Err(format!(
            "a text could make each byte be looked at {times} times, at most {DENSEST} are allowed: shorten the longest match \
             ({max_len} bytes), or let the pattern begin with its keyword"
        ));
    }
    let secret_prefix = public_prefix(secret);
    Ok(Shape { pattern: expanded, keywords, before, max_len, secret_prefix })
}

/// Parses with bytes semantics: no Unicode classes, invalid UTF-8 allowed.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .map_err(|error| error.to_string())
}

/// Named keywords, and the farthest they begin: at the start, if every match begins with one of them.
fn named_keywords(keywords: &[String], hir: &Hir, max: usize) -> (Vec<Vec<u8>>, usize) {
    let keywords = lower(keywords);
    let begins = |literal: &Vec<u8>| keywords.iter().any(|keyword| literal.starts_with(keyword));
    let aligned = leading(hir).is_some_and(|literals| literals.iter().all(begins));
    let shortest = keywords.iter().map(Vec::len).min().unwrap_or(0);
    (keywords, if aligned { 0 } else { max.saturating_sub(shortest) })
}

/// How often a byte can be looked at: a match begins at a keyword, or else anywhere, and none is tried twice.
fn times_looked_at(keywords: &[Vec<u8>], before: usize, max_len: usize) -> usize {
    let nearest = keywords.iter().flat_map(|one| keywords.iter().map(|other| distance(one, other))).min();
    max_len / if before > 0 { 1 } else { nearest.unwrap_or(1) }
}

/// The least distance at which `other` can begin after `one`.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let fits = |at: &usize| one[*at..].iter().zip(other).all(|(one, other)| one == other);
    (1..one.len()).find(fits).unwrap_or(one.len())
}

/// What every match begins with, lower-case, as far as there are few possibilities.
fn leading(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => leading(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => {
            exact(hir).or_else(|| leading(&repetition.sub))
        }
        HirKind::Alternation(branches) => {
            branches.iter().map(leading).collect::<Option<Vec<_>>>().map(|sets| sets.concat())
        }
        HirKind::Concat(parts) => {
            let mut run = vec![Vec::new()];
            for part in parts {
                match exact(part).and_then(|set| cross(&run, &set)) {
                    Some(longer) => run = longer,
                    None => return Some(leading(part).and_then(|set| cross(&run, &set)).unwrap_or(run)),
                }
            }
            Some(run)
        }
        _ => exact(hir),
    }
}

fn lower(keywords: &[String]) -> Vec<Vec<u8>> {
    let mut lowered: Vec<Vec<u8>> =
        keywords.iter().map(|keyword| keyword.to_ascii_lowercase().into_bytes()).collect();
    lowered.sort();
    lowered.dedup();
    lowered
}

/// The one group named `secret`.
pub(super) fn secret_group(hir: &Hir) -> Option<&Hir> {
    let mut found = Vec::new();
    collect_secret(hir, &mut found);
    match found.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn collect_secret<'h>(hir: &'h Hir, found: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            if capture.name.as_deref() == Some("secret") {
                found.push(&capture.sub);
            }
            collect_secret(&capture.sub, found);
        }
        HirKind::Repetition(repetition) => collect_secret(&repetition.sub, found),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect_secret(part, found));
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// The printable literal that every match of `hir` begins with.
fn public_prefix(hir: &Hir) -> String {
    let mut prefix = Vec::new();
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => prefix.extend_from_slice(&literal.0),
            HirKind::Look(_) => {}
            _ => break,
        }
    }
    if prefix.iter().all(u8::is_ascii_graphic) {
        String::from_utf8_lossy(&prefix).into_owned()
    } else {
        String::new()
    }
}

/// A set of literals of which one is in every match, lower-case, and the farthest it begins.
fn required_literals(hir: &Hir) -> Option<(Vec<Vec<u8>>, usize)> {
    match hir.kind() {
        HirKind::Capture(capture) => required_literals(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => required_literals(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            let mut at = 0;
            for branch in branches {
                let (literals, offset) = required_literals(branch)?;
                all.extend(literals);
                at = at.max(offset);
            }
            usable(all).map(|all| (all, at))
        }
        HirKind::Concat(parts) => best_of_concat(parts),
        _ => exact(hir).and_then(usable).map(|set| (set, 0)),
    }
}

/// The best set among the runs of exactly known parts, and among the parts that are not.
fn best_of_concat(parts: &[Hir]) -> Option<(Vec<Vec<u8>>, usize)> {
    let mut best: Option<(Vec<Vec<u8>>, usize)> = None;
    let mut offer = |candidate: Option<(Vec<Vec<u8>>, usize)>| {
        if let Some(new) = candidate
            && best.as_ref().is_none_or(|old| score(&new) > score(old))
        {
            best = Some(new);
        }
    };
    let (mut run, mut run_at, mut at) = (vec![Vec::new()], 0, 0);
    for part in parts {
        let crossed = exact(part).and_then(|set| cross(&run, &set));
        if let Some(longer) = crossed {
            run = longer;
        } else {
            offer(usable(std::mem::replace(&mut run, vec![Vec::new()])).map(|set| (set, run_at)));
            match exact(part) {
                Some(set) => {
                    run = set;
                    run_at = at;
                }
                None => {
                    offer(required_literals(part).map(|(set, inner)| (set, at + inner)));
                    run_at = at + part.properties().maximum_len().unwrap_or(LONGEST);
                }
            }
        }
        at += part.properties().maximum_len().unwrap_or(LONGEST);
    }
    offer(usable(run).map(|set| (set, run_at)));
    best
}

/// Longer shortest literal first, then fewer of them, then nearer to the start.
fn score((literals, at): &(Vec<Vec<u8>>, usize)) -> (usize, usize, usize) {
    let shortest = literals.iter().map(Vec::len).min().unwrap_or(0).min(6);
    (shortest, MOST_LITERALS - literals.len().min(MOST_LITERALS), LONGEST * 4 - (*at).min(LONGEST * 4))
}

fn usable(mut literals: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    literals.iter_mut().for_each(|literal| literal.make_ascii_lowercase());
    literals.sort();
    literals.dedup();
    let selective = !literals.is_empty() && literals.iter().all(|literal| literal.len() >= 3);
    (selective && literals.len() <= MOST_LITERALS).then_some(literals)
}

/// Every string a part can be, if there are few.
fn exact(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Look(look) => is_boundary(*look).then(|| vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_ascii_lowercase()]),
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            let mut bytes: Vec<u8> = class.ranges().iter().flat_map(|r| r.start()..=r.end()).collect();
            bytes.iter_mut().for_each(u8::make_ascii_lowercase);
            bytes.sort_unstable();
            bytes.dedup();
            (bytes.len() <= 4).then(|| bytes.into_iter().map(|byte| vec![byte]).collect())
        }
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(rep) if Some(rep.min) == rep.max && rep.min <= 16 => {
            let one = exact(&rep.sub)?;
            (0..rep.min).try_fold(vec![Vec::new()], |all, _| cross(&all, &one))
        }
        HirKind::Repetition(rep) if rep.min == 0 && rep.max == Some(1) => {
            let mut set = exact(&rep.sub)?;
            set.push(Vec::new());
            Some(set)
        }
        HirKind::Concat(parts) => {
            parts.iter().try_fold(vec![Vec::new()], |all, part| cross(&all, &exact(part)?))
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(exact(branch)?);
            }
            (all.len() <= MOST_LITERALS).then_some(all)
        }
        _ => None,
    }
}

fn is_boundary(look: Look) -> bool {
    matches!(look, Look::WordAscii | Look::WordAsciiNegate | Look::WordStartAscii | Look::WordEndAscii)
}

fn cross(left: &[Vec<u8>], right: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    if left.len() * right.len() > MOST_LITERALS {
        return None;
    }
    let mut out: Vec<Vec<u8>> =
        left.iter().flat_map(|l| right.iter().map(move |r| [l.as_slice(), r].concat())).collect();
    out.sort();
    out.dedup();
    Some(out)
}
