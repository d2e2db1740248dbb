//! Tokens: as they were given, or fetched, kept in memory and renewed.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::config::Credentials;
use super::error::ClientError;
use super::secrets::Secrets;
use crate::clock;
use crate::time::UtcTime;

/// The life of a token that does not say it; the vendor's help names it.
const USUAL_LIFE: Duration = Duration::from_secs(30 * 60);
/// A token that claims to live longer is renewed daily.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// A token is renewed that long before it expires, or in the last quarter of
/// a shorter life.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The answer of `POST /security/oauth/token`.
#[derive(Deserialize)]
pub(super) struct FetchedToken {
    access_token: SecretString,
    /// Seconds: a string in the API's description, perhaps a number.
    expires_in: Option<Value>,
}

impl FetchedToken {
    pub(super) fn life(&self) -> Duration {
        let seconds = match &self.expires_in {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        seconds.map_or(USUAL_LIFE, Duration::from_secs).min(LONGEST_LIFE)
    }
}

/// Where the `Authorization` header comes from.
pub(super) struct Authenticator {
    credentials: Credentials,
    current: Mutex<Option<Token>>,
    secrets: std::sync::Mutex<Secrets>,
}

struct Token {
    header: Bearer,
    renew_at: Instant,
    /// The end of its life, if it is known.
    expires: Option<UtcTime>,
}

/// One token, ready to be sent. Each token has another number.
#[derive(Clone)]
pub(super) struct Bearer {
    pub(super) header: HeaderValue,
    number: u64,
}

impl Authenticator {
    pub(super) fn new(credentials: Credentials) -> Self {
        let mut secrets = Secrets::default();
        match &credentials {
            Credentials::Token(token) => secrets.give(token.expose_secret()),
            Credentials::ServiceAccount { id, secret } => {
                let (id, secret) = (id.expose_secret(), secret.expose_secret());
                secrets.give(secret);
                // As the header has it.
                secrets.give(&Zeroizing::new(format!("{id}:{secret}")));
            }
        }
        Self { credentials, current: Mutex::new(None), secrets: std::sync::Mutex::new(secrets) }
    }

    /// The ID and secret of the service account; `None` if the caller gave a token.
    pub(super) fn account(&self) -> Option<(&SecretString, &SecretString)> {
        match &self.credentials {
            Credentials::ServiceAccount { id, secret } => Some((id, secret)),
            Credentials::Token(_) => None,
        }
    }

    /// The token to send now. `fetch` is called if there is none, or if it is
    /// about to expire, and only by one of all that wait here.
    pub(super) async fn bearer<F>(&self, fetch: F) -> Result<Bearer, ClientError>
    where
        F: AsyncFnOnce() -> Result<FetchedToken, ClientError>,
    {
        let mut current = self.current.lock().await;
        if let Some(token) = &*current
            && Instant::now() < token.renew_at
        {
            return Ok(token.header.clone());
        }
        let number = current.as_ref().map_or(0, |token| token.header.number + 1);
        let (secret, renew_after, expires) = match &self.credentials {
            // A token that the caller gave cannot be fetched again: it counts as fresh
            // for a day.
            Credentials::Token(token) => {
                (token.clone(), LONGEST_LIFE, claimed_end(token.expose_secret()))
            }
            Credentials::ServiceAccount { .. } => {
                let fetched = fetch().await?;
                let life = fetched.life();
                self.secrets().fetch(fetched.access_token.expose_secret());
                let renew_after = life.saturating_sub(RENEW_BEFORE.min(life / 4));
                let expires = clock::now().saturating_add(life);
                (fetched.access_token, renew_after, Some(expires))
            }
        };
        let header = Bearer { header: header(&secret)?, number };
        let renew_at = Instant::now() + renew_after;
        *current = Some(Token { header: header.clone(), renew_at, expires });
        Ok(header)
    }

    /// The end of the life of the token that was sent last, if it is known.
    pub(super) async fn expires(&self) -> Option<UtcTime> {
        self.current.lock().await.as_ref()?.expires
    }

    /// The secrets that are known.
    pub(super) fn secrets(&self) -> std::sync::MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API refused this token: forget it, unless a newer one is there.
    /// Says whether another one can be had.
    pub(super) async fn refused(&self, refused: &Bearer) -> bool {
        if self.account().is_none() {
            return false;
        }
        let mut current = self.current.lock().await;
        if let Some(token) = &mut *current
            && token.header.number == refused.number
        {
            token.renew_at = Instant::now();
        }
        true
    }
}

/// The end of its life that a token claims (RFC 7519, section 4.1.4); `None` if it
/// is no JSON Web Token.
pub(super) fn claimed_end(token: &str) -> Option<UtcTime> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let claims = token.split('.').nth(1).filter(|_| token.split('.').count() == 3)?;
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?);
    let Claims { exp } = serde_json::from_slice(&claims).ok()?;
    UtcTime::from_millis(exp.checked_mul(1000)?)
}

fn header(token: &SecretString) -> Result<HeaderValue, ClientError> {
    let mut text = String::with_capacity(token.expose_secret().len() + 7);
    text.push_str("Bearer ");
    text.push_str(token.expose_secret());
    let mut header = HeaderValue::from_str(&text).map_err(|_| {
        ClientError::Setup("the token holds characters that a header cannot".to_owned())
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn fetched(life: &str) -> FetchedToken {
        serde_json::from_str(&format!(r#"{{"access_token":"t","expires_in":{life}}}"#)).unwrap()
    }

    #[test]
    fn a_web_token_claims_its_end_and_any_other_does_not() {
        let web =
            |claims: &str| format!("eyJhbGciOiJIUzI1NiJ9.{}.x", URL_SAFE_NO_PAD.encode(claims));
        let end = UtcTime::parse("2026-12-01T02:00:00Z");
        assert_eq!(claimed_end(&web(r#"{"sub":"ops","exp":1796090400}"#)), end);
        for token in ["", "a", "a.b", "a.b.c.d", &web("{}"), &web(r#"{"exp":"soon"}"#), "a.%.c"] {
            assert_eq!(claimed_end(token), None, "{token}");
        }
    }

    #[test]
    fn the_life_of_a_token_is_read_in_every_form() {
        for (text, seconds) in
            [("\"3600\"", 3600), ("900", 900), ("null", 1800), ("\"soon\"", 1800), ("-1", 1800)]
        {
            assert_eq!(fetched(text).life().as_secs(), seconds, "{text}");
        }
        let bare: FetchedToken = serde_json::from_str(r#"{"access_token":"t"}"#).unwrap();
        assert_eq!(bare.life(), USUAL_LIFE);
    }

    #[test]
    fn an_absurd_life_is_a_day() {
        assert_eq!(fetched("\"18446744073709551615\"").life(), LONGEST_LIFE);
    }

    #[tokio::test]
    async fn neither_what_was_given_nor_what_was_fetched_is_shown() {
        let auth = Authenticator::new(Credentials::ServiceAccount {
            id: "id".to_owned().into(),
            secret: "s3cret".to_owned().into(),
        });
        let token = r#"{"access_token":"fetched-token"}"#;
        auth.bearer(async || Ok(serde_json::from_str(token).unwrap())).await.ok().unwrap();
        // The second is base64 of id:s3cret.
        for text in ["s3cret", "aWQ6czNjcmV0", "fetched-token"] {
            assert_eq!(auth.secrets().show(text), "[redacted]");
        }
        let auth = Authenticator::new(Credentials::Token("t0ken".to_owned().into()));
        assert_eq!(auth.secrets().show("a t0ken"), "a [redacted]");
    }

    #[tokio::test]
    async fn one_renewal_however_many_wait() {
        let auth = Authenticator::new(Credentials::ServiceAccount {
            id: "id".to_owned().into(),
            secret: "secret".to_owned().into(),
        });
        let fetches = Cell::new(0);
        let get = || {
            auth.bearer(async || {
                fetches.set(fetches.get() + 1);
                tokio::task::yield_now().await;
                Ok(fetched("1800"))
            })
        };
        let all = futures_util::future::join_all((0..20).map(|_| get())).await;
        assert_eq!(fetches.get(), 1);
        // Twenty requests learn that their token is refused: one renewal.
        for bearer in &all {
            assert!(auth.refused(bearer.as_ref().ok().unwrap()).await);
        }
        futures_util::future::join_all((0..20).map(|_| get())).await;
        // And the last of them learns it late: none at all.
        auth.refused(all[0].as_ref().ok().unwrap()).await;
        get().await.ok().unwrap();
        assert_eq!(fetches.get(), 2);
    }
}
