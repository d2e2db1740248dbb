//! Who asks: tokens, service accounts and what their users may do.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hyper::header;

use crate::clock::Time;
use crate::http::{ApiRefusal, Ask};
use crate::requests::Auth;
use crate::world::{Permission, PersonalToken, ServiceAccount, User};

/// The accounts of a tenant and the tokens that were issued to them.
#[derive(Debug)]
pub(crate) struct Accounts {
    users: HashMap<String, Arc<User>>,
    personal: Vec<PersonalToken>,
    /// The ids of personal tokens that are no longer valid.
    revoked: HashSet<String>,
    services: Vec<ServiceAccount>,
    issued: Vec<Issued>,
}

/// A token of a service account; its number is its place in the list, from 1.
#[derive(Debug)]
struct Issued {
    secret: String,
    account: String,
    user: String,
    expires: Time,
    revoked: bool,
}

impl User {
    /// Whether the user may do that in the workspace.
    pub(crate) fn may(&self, wanted: Permission, workspace: &str) -> bool {
        self.workspaces.get(workspace).unwrap_or(&self.permissions).contains(&wanted)
    }
}

impl Accounts {
    pub(crate) fn new(
        users: Vec<User>,
        personal: Vec<PersonalToken>,
        services: Vec<ServiceAccount>,
    ) -> Self {
        let users = users.into_iter().map(|user| (user.name.clone(), Arc::new(user))).collect();
        Self { users, personal, revoked: HashSet::new(), services, issued: Vec::new() }
    }

    /// The user whom a token belongs to.
    ///
    /// # Errors
    ///
    /// 401 for a token that is absent, unknown, expired or revoked; 403 for a
    /// user without the role of an operator.
    pub(crate) fn user(&self, ask: &Ask, now: Time) -> Result<Arc<User>, ApiRefusal> {
        let secret = bearer(ask).ok_or_else(|| unauthorized("no bearer token"))?;
        let personal = self.personal.iter().find(|token| token.secret == secret);
        let issued = self.issued.iter().find(|token| token.secret == secret);
        let name = match (personal, issued) {
            (Some(token), _) if self.revoked.contains(&token.id) => {
                return Err(unauthorized("the token is revoked"));
            }
            (Some(token), _) => &token.user,
            (None, Some(token)) if token.revoked => {
                return Err(unauthorized("the token is revoked"));
            }
            (None, Some(token)) if token.expires <= now => {
                return Err(unauthorized("the token is expired"));
            }
            (None, Some(token)) => &token.user,
            (None, None) => return Err(unauthorized("the token is invalid")),
        };
        let user = self.users.get(name).ok_or_else(|| unauthorized("the user is gone"))?;
        if !user.operator {
            return Err(ApiRefusal::forbidden("the role TMC_OPERATOR is required"));
        }
        Ok(Arc::clone(user))
    }

    /// Checks Basic credentials and issues a token that lives `seconds`.
    pub(crate) fn issue(&mut self, ask: &Ask, now: Time, seconds: i64) -> Result<&str, ApiRefusal> {
        let account = basic(ask)
            .and_then(|(id, secret)| {
                self.services.iter().find(|account| account.id == id && account.secret == secret)
            })
            .ok_or_else(|| unauthorized("the client id or secret is missing or invalid"))?;
        // The form of a signed token, so that the token is as long as a real one.
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let secret = format!(
            "{}.{}.{}",
            part(r#"{"alg":"none","typ":"JWT"}"#),
            part(&format!(r#"{{"sub":"{}","n":{}}}"#, account.id, self.issued.len() + 1)),
            part("the stand-in signs nothing"),
        );
        let (account, user) = (account.id.clone(), account.user.clone());
        let expires = now.plus(seconds.saturating_mul(1_000));
        self.issued.push(Issued { secret, account, user, expires, revoked: false });
        Ok(self.issued.last().map_or("", |issued| issued.secret.as_str()))
    }

    /// Revokes a personal token by its id, or all tokens that were issued to
    /// the service account of that id. False if there is neither, or no longer.
    pub(crate) fn revoke(&mut self, id: &str) -> bool {
        if self.personal.iter().any(|token| token.id == id) {
            return self.revoked.insert(id.to_owned());
        }
        for issued in self.issued.iter_mut().filter(|issued| issued.account == id) {
            issued.revoked = true;
        }
        self.services.iter().any(|account| account.id == id)
    }

    /// The identity that the request came with, without the secret.
    pub(crate) fn identify(&self, ask: &Ask) -> Auth {
        if let Some(secret) = bearer(ask) {
            if let Some(token) = self.personal.iter().find(|token| token.secret == secret) {
                return Auth::Personal(token.id.clone());
            }
            let issued = (1..).zip(&self.issued).find(|(_, token)| token.secret == secret);
            return issued.map_or(Auth::Unknown, |(number, token)| {
                Auth::Service(token.account.clone(), number)
            });
        }
        match basic(ask) {
            Some((id, _)) if self.services.iter().any(|account| account.id == id) => {
                Auth::Basic(id)
            }
            None if ask.header(header::AUTHORIZATION).is_none() => Auth::None,
            _ => Auth::Unknown,
        }
    }

    /// Every secret there is, for the audit log not to show.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let personal = self.personal.iter().map(|token| &token.secret);
        let services = self.services.iter().map(|account| &account.secret);
        let issued = self.issued.iter().map(|token| &token.secret);
        personal.chain(services).chain(issued).cloned().collect()
    }
}

fn unauthorized(message: &str) -> ApiRefusal {
    ApiRefusal::new(hyper::StatusCode::UNAUTHORIZED, message)
}

fn bearer(ask: &Ask) -> Option<&str> {
    ask.header(header::AUTHORIZATION)?.strip_prefix("Bearer ")
}

fn basic(ask: &Ask) -> Option<(String, String)> {
    let encoded = ask.header(header::AUTHORIZATION)?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
