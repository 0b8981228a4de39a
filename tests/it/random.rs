//! The generator that examples of rules use too.

pub(crate) use ringfence::detect::Random;
