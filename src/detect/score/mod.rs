//! Scores a value in a credential position: named features, a weight for each, a sum.
//!
//! The weights are data (`weights.tsv`), fitted by bench/fit_generic.py on labelled code. The sum is the
//! logarithm of the odds that the value is a secret. Features of the name, the value and the text round it
//! depend on bytes within a scan's reach; those of the file are added for each place.

mod around;
mod feature;
mod name;
mod value;
mod words;

use std::sync::OnceLock;

pub use feature::{Feature, Features};
pub(super) use name::means_something_else;
pub(super) use words::{Lists, reads_like_a_word, words_of};

use super::context::{Language, PlaceFacts, Role};
use super::{Candidate, PositionName, Syntax};
use crate::finding::Confidence;

/// What the features of a candidate add up to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// All that hold.
    pub features: Features,
    /// Logarithm of the odds.
    pub sum: f32,
}

impl Score {
    /// High, medium or low; nothing if it is no secret.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        let levels = [Confidence::High, Confidence::Medium, Confidence::Low];
        levels.into_iter().zip(weights().levels).find(|(_, least)| self.sum >= *least).map(|(level, _)| level)
    }
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All features, for people.
    All,
    /// What decides: where the cheap features leave no hope, the sum is only known to be too small.
    Enough,
}

/// A margin for sums that are added up in another order.
const ROUNDING: f32 = 0.001;

/// Scores the candidate at a place; where the place is not known, at the one where most is a secret.
pub(super) fn score(
    bytes: &[u8],
    candidate: &Candidate,
    position: Option<PositionName>,
    facts: &PlaceFacts,
    depth: Depth,
) -> Score {
    let weights = weights();
    let is_bare = candidate.syntax == Syntax::Bare;
    let (place, place_sum) = match *facts {
        PlaceFacts::ANY => (Features::default(), weights.best_place[usize::from(is_bare)]),
        _ => {
            let place = of_place(is_bare, facts);
            (place, weights.sum(place))
        }
    };
    let cheap = cheap(bytes, candidate, position);
    let at_most = weights.bias + weights.sum(cheap) + place_sum + weights.most_of_costly + ROUNDING;
    if depth == Depth::Enough && position.is_none() && at_most < weights.levels[2] {
        return Score { features: cheap, sum: at_most };
    }
    let fixed = cheap.and(costly(bytes, candidate));
    Score { features: fixed.and(place), sum: weights.bias + weights.sum(fixed) + place_sum }
}

/// The features that are the same at every place and need no search in text.
fn cheap(bytes: &[u8], candidate: &Candidate, position: Option<PositionName>) -> Features {
    let name = super::dismiss::name_of(bytes, candidate);
    let mut features =
        value::shape(&bytes[candidate.value.range()]).and(around::writing(bytes, candidate, name.len()));
    match position {
        None => features = features.and(name::features(name)),
        Some(PositionName::Header) => features.put(Feature::PositionHeader, true),
        Some(PositionName::Userinfo) => {
            features = features.and(around::userinfo(bytes, candidate));
            features.put(Feature::PositionUserinfo, true);
        }
        Some(PositionName::Command) => features.put(Feature::PositionCommand, true),
        Some(PositionName::Call) => features.put(Feature::PositionCall, true),
    }
    features.put(Feature::Bare, candidate.syntax == Syntax::Bare);
    features
}

/// The features that are the same at every place and need a search.
fn costly(bytes: &[u8], candidate: &Candidate) -> Features {
    value::vocabulary(&bytes[candidate.value.range()]).and(around::neighbours(bytes, candidate))
}

/// The features that `costly` can add.
const COSTLY: &[Feature] = &[
    Feature::Vocabulary,
    Feature::WeakPassword,
    Feature::NamesCredential,
    Feature::TestWord,
    Feature::SaysCounting,
    Feature::NearUser,
    Feature::NearHost,
    Feature::NearLabel,
    Feature::NearTest,
    Feature::NearHash,
    Feature::NearPublic,
    Feature::NearParser,
    Feature::NearType,
    Feature::Comment,
];

fn of_place(is_bare: bool, facts: &PlaceFacts) -> Features {
    let mut set = Features::default();
    set.put(Feature::FileTest, facts.role == Role::Test);
    set.put(Feature::FileExample, facts.role == Role::Example);
    set.put(Feature::FileDocs, facts.role == Role::Docs);
    set.put(Feature::FileCode, facts.language == Language::Code);
    set.put(Feature::FileConfig, facts.language == Language::Config);
    set.put(Feature::BareInCode, is_bare && facts.language == Language::Code);
    set.put(Feature::BareInText, is_bare && facts.language == Language::Other);
    set
}

/// The weight of a feature.
#[must_use]
pub fn weight(feature: Feature) -> f32 {
    weights().of[feature as usize]
}

/// What every candidate begins with.
#[must_use]
pub fn bias() -> f32 {
    weights().bias
}

/// The numbers of `weights.tsv`.
#[derive(Debug)]
struct Weights {
    bias: f32,
    /// Least sums for high, medium and low confidence.
    levels: [f32; 3],
    /// By feature.
    of: [f32; Feature::ALL.len()],
    /// The most that the costly features can add.
    most_of_costly: f32,
    /// The most that a place can add, to a quoted value and to a bare one.
    best_place: [f32; 2],
}

impl Weights {
    fn sum(&self, features: Features) -> f32 {
        features.iter().map(|feature| self.of[feature as usize]).sum()
    }

    /// The greatest sum over all places.
    fn best_place(&self, is_bare: bool) -> f32 {
        PlaceFacts::all().map(|facts| self.sum(of_place(is_bare, &facts))).fold(f32::MIN, f32::max)
    }
}

fn weights() -> &'static Weights {
    static WEIGHTS: OnceLock<Weights> = OnceLock::new();
    WEIGHTS.get_or_init(|| parse(include_str!("weights.tsv")))
}

/// Lines of name, tab, number; `#` begins a comment.
fn parse(text: &str) -> Weights {
    let number = |wanted: &str| -> f32 {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut named = lines.filter_map(|line| line.split_once('\t')).filter(|(name, _)| *name == wanted);
        let (_, number) = named.next().unwrap_or_else(|| panic!("weights.tsv has no {wanted}"));
        number.parse().unwrap_or_else(|_| panic!("weights.tsv: {wanted} is no number"))
    };
    let levels = ["level-high", "level-medium", "level-low"].map(number);
    let of = std::array::from_fn(|at| number(Feature::ALL[at].name()));
    let most_of_costly = COSTLY.iter().map(|feature| of[*feature as usize].max(0.0)).sum();
    let mut weights = Weights { bias: number("bias"), levels, of, most_of_costly, best_place: [0.0; 2] };
    weights.best_place = [false, true].map(|is_bare| weights.best_place(is_bare));
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::detect::{Detector, builtin};

    /// Puts values in place of their names: none stands here in a position that the rules look at.
    fn fill(line: &str) -> String {
        let (plain, number, random) = (["eleph", "ants"].concat(), "1987", ["q8Zr2L", "wX0pVt"].concat());
        line.replace("<word>", &format!("mother{number}"))
            .replace("<plain>", &plain)
            .replace("<random>", &random)
    }

    /// The confidence of the first finding in a line of a file.
    fn confidence(line: &str, path: &str) -> Option<Confidence> {
        let line = fill(line);
        let settled = Detector::new(builtin()).find(line.as_bytes(), &PlaceFacts::of_path(path.as_bytes()));
        settled.matches.first().map(|found| found.confidence)
    }

    #[test]
    fn a_word_is_a_password_where_the_position_is_strong() {
        for (line, path) in [
            ("password = \"<word>\"", "app/settings.py"),
            ("DB_PASSWORD=<word>", ".env"),
            ("DB_PASSWORD=<plain>", ".env.production"),
            ("  password: <plain>", "config/database.yml"),
            ("$password = '<word>';", "index.php"),
            ("spring.datasource.password=<plain>", "application.properties"),
        ] {
            assert!(confidence(line, path) >= Some(Confidence::Medium), "{line} in {path}");
        }
    }

    #[test]
    fn words_of_forms_and_programs_are_no_secrets() {
        for (line, path) in [
            ("password: \"Password\"", "labels.js"),
            ("type: 'password', token: 'string',", "form.ts"),
            ("forgotPassword: \"Forgot password\"", "en.ts"),
            ("const tokenType = \"bearer\";", "auth.ts"),
            ("key: \"username\",", "table.js"),
            ("token = nextToken(input);", "lexer.c"),
            ("return password.length > 8 && token;", "check.js"),
        ] {
            assert!(confidence(line, path) < Some(Confidence::Medium), "{line} in {path}");
        }
    }

    #[test]
    fn what_is_no_secret_anywhere_is_none_at_any_place() {
        let detector = Detector::new(builtin());
        for line in ["password: <plain>", "token = Abc-12.x", "key=value", "apiKey: '<random>'"] {
            let line = fill(line);
            for candidate in detector.scan(line.as_bytes()) {
                let at = |facts: &PlaceFacts| score(line.as_bytes(), &candidate, None, facts, Depth::All).sum;
                for path in ["a.py", "b.env", "README.md", "test/c.rb", "d.lock", "e.sample.js"] {
                    assert!(
                        at(&PlaceFacts::of_path(path.as_bytes())) <= at(&PlaceFacts::ANY),
                        "{line} in {path}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_feature_has_one_weight_and_every_weight_a_feature() {
        let lines = include_str!("weights.tsv").lines().filter(|line| !line.starts_with('#'));
        let mut named: Vec<&str> = lines.filter_map(|line| Some(line.split_once('\t')?.0)).collect();
        named.sort_unstable();
        let mut features: Vec<&str> = Feature::ALL
            .iter()
            .map(|feature| feature.name())
            .chain(["bias", "level-high", "level-medium", "level-low"])
            .collect();
        features.sort_unstable();
        assert_eq!(named, features);
        assert!(weights().of.iter().all(|weight| weight.is_finite()));
        assert!(weights().levels.is_sorted_by(|a, b| a > b));
    }
}
