//! How env files are written does not change what is found about values: the order of lines, quotes, `export`,
//! and into how many files an environment is split.

use std::collections::BTreeSet;

use super::random::Random;
use super::sample::{filler, rule, secret};
use super::support::{Repo, ringfence};

/// Checks of what a value is, wherever it stands.
const OF_VALUES: &[&str] = &[
    "shared-secret-across-environments",
    "shared-secret-fragment",
    "live-key-outside-production",
    "test-key-in-production",
    "nonproduction-host-in-production",
    "debug-enabled-in-production",
    "placeholder-in-production",
    "empty-secret-in-production",
    "weak-secret",
    "default-credential",
    "insecure-transport-in-production",
    "tls-verification-disabled",
];

type Variables = Vec<(String, String)>;

/// An environment's variables; some hold what `shared` holds, which another environment has too.
fn variables(shared: &Variables, random: &mut Random) -> Variables {
    let mut all: Variables = vec![
        ("DEBUG".into(), (*random.pick(&["true", "false"])).into()),
        ("JWT_SECRET".into(), filler("hex:64", random).expect("a filler")),
        ("SESSION_SECRET".into(), (*random.pick(&["changeme", "", "abcdefgh", "letmein"])).into()),
        ("API_URL".into(), (*random.pick(&["https://api.acme.io", "http://api.staging.acme.io/v1"])).into()),
        ("STRIPE_SECRET_KEY".into(), secret(rule("stripe-secret-key"), random).0),
        ("DB_USER".into(), "postgres".into()),
        ("DB_PASSWORD".into(), (*random.pick(&["postgres", "sunflower-9182-tram"])).into()),
        ("NODE_TLS_REJECT_UNAUTHORIZED".into(), (*random.pick(&["0", "1"])).into()),
    ];
    for (name, value) in shared {
        if random.below(2) == 0 {
            all.push((name.clone(), value.clone()));
        }
    }
    all
}

fn line((name, value): &(String, String), random: &mut Random) -> String {
    match random.below(5) {
        0 => format!("{name}=\"{value}\"\n"),
        1 => format!("{name}='{value}'\n"),
        2 => format!("export {name}={value}\n"),
        3 => format!("{name}={value} # note\n"),
        _ => format!("{name}={value}\n"),
    }
}

/// Writes an environment's variables in any order and any quotes, into one file or two.
fn write(repo: &Repo, environment: &str, variables: &Variables, random: &mut Random) {
    let mut order: Vec<usize> = (0..variables.len()).collect();
    (1..order.len()).for_each(|at| order.swap(at, random.below(at + 1)));
    let parts = random.between(1, 2);
    let mut texts = vec![String::new(); 2];
    for at in order {
        texts[random.below(parts)].push_str(&line(&variables[at], random));
    }
    repo.write(&format!(".env.{environment}"), &texts[0]);
    repo.write(&format!(".env.{environment}.local"), &texts[1]);
}

/// Check, variable and environment of each finding about a value.
fn found(environments: &[(&str, Variables)], random: &mut Random) -> BTreeSet<[String; 3]> {
    let repo = Repo::new();
    repo.write(".gitignore", ".env*\n");
    for (environment, variables) in environments {
        write(&repo, environment, variables, random);
    }
    let document = ringfence(repo.path(), &["env", "-f", "json"]).json();
    let findings = document["findings"].as_array().expect("findings").iter();
    let facts = |finding: &serde_json::Value| {
        [&finding["rule"], &finding["lint"]["key"], &finding["lint"]["environment"]]
            .map(|field| field.as_str().expect("a text").to_owned())
    };
    findings.map(facts).filter(|[rule, ..]| OF_VALUES.contains(&rule.as_str())).collect()
}

#[test]
fn order_quotes_and_split_files_change_nothing_about_values() {
    let mut checks = BTreeSet::new();
    for seed in 0..12 {
        let mut random = Random::of(&format!("arrange {seed}"));
        let shared: Variables = (0..4)
            .map(|n| (format!("SIGNING_{n}_SECRET"), filler("alnum:40", &mut random).expect("a filler")))
            .collect();
        let environments =
            ["production", "staging", "development"].map(|name| (name, variables(&shared, &mut random)));
        let first = found(&environments, &mut random);
        checks.extend(first.iter().map(|[rule, ..]| rule.clone()));
        for _ in 0..3 {
            assert_eq!(found(&environments, &mut random), first, "seed {seed}");
        }
    }
    assert!(checks.len() >= 6, "the property says something: {checks:?}");
}
