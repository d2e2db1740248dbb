//! Secrets that a test can look for in everything that is written.

use tmc_standin::{PersonalToken, ServiceAccount, World};

pub(crate) const TOKEN: &str = "canary-token-5d1f";
pub(crate) const SECRET: &str = "canary-secret-9a3c";
/// In both of them, and in nothing else.
pub(crate) const CANARY: &str = "canary-";

/// A world whose operator and service account have canaries for secrets.
pub(crate) fn guarded(mut world: World) -> World {
    let user = world.tokens[0].user.clone();
    let (id, secret) = ("id".to_owned(), TOKEN.to_owned());
    world.tokens = vec![PersonalToken { id, secret, user: user.clone() }];
    let (id, secret) = ("account".to_owned(), SECRET.to_owned());
    world.service_accounts = vec![ServiceAccount { id, secret, user }];
    world
}
