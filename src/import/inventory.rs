//! The variables of a project, read back and joined: what each environment has, without any value.

use super::convert::{known, lasting};
use super::merge::add_new;
use super::{ImportError, document};
use crate::finding::{ENVIRONMENTS, Variable};

/// A row as a lint has made it.
pub(super) fn variable(told: document::Variable) -> Result<Variable, ImportError> {
    let environment = |name: &str| known(ENVIRONMENTS, |name| name, "environment", name);
    let environments = told.environments.iter().map(|(name, state)| Ok((environment(name)?, state.clone())));
    let group = |names: &Vec<String>| names.iter().map(|name| environment(name)).collect();
    Ok(Variable {
        environments: environments.collect::<Result<_, ImportError>>()?,
        class: lasting(told.class),
        secret: told.secret,
        mode: told.mode.map(lasting),
        client_exposed: told.client_exposed,
        same_as: told.same_as.iter().map(group).collect::<Result<_, ImportError>>()?,
        owner: told.owner,
        rotated: told.rotated,
        rotate_every: told.rotate_every,
        origins: told.origins,
        references: told.references,
        key: told.key,
    })
}

/// Adds the rows of another report; of one variable what either has.
pub(super) fn join(rows: &mut Vec<Variable>, others: Vec<Variable>) {
    for other in others {
        match rows.iter_mut().find(|row| row.key == other.key) {
            Some(row) => join_row(row, other),
            None => rows.push(other),
        }
    }
    rows.sort_by(|a, b| a.key.cmp(&b.key));
}

fn join_row(row: &mut Variable, other: Variable) {
    for (name, state) in other.environments {
        let own = row.environments.entry(name).or_insert_with(|| "missing".to_owned());
        if own == "missing" {
            *own = state;
        }
    }
    if other.secret && !row.secret {
        (row.class, row.mode) = (other.class, other.mode);
    }
    row.secret |= other.secret;
    row.client_exposed |= other.client_exposed;
    let new = other.same_as.into_iter().filter(|group| !row.same_as.contains(group)).collect::<Vec<_>>();
    row.same_as.extend(new);
    row.owner = row.owner.take().or(other.owner);
    row.rotated = row.rotated.take().or(other.rotated);
    row.rotate_every = row.rotate_every.take().or(other.rotate_every);
    add_new(&mut row.origins, other.origins);
    add_new(&mut row.references, other.references);
}
