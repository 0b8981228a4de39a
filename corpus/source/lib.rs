//! A client that talks to the registry.

pub const TOKEN: &str = "⟦crates-io-api-token⟧";

pub struct Login {
    pub user: String,
    pub password: Option<String>,
}

pub fn login() -> Login {
    let password = std::env::var("REGISTRY_PASSWORD").ok();
    let api_key: &str = "⟦generic-credential⟧";
    Login { user: api_key[..4].to_owned(), password }
}
