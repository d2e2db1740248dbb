//! The flags of the connection to the API, and what they mean.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::{Messages, Refusal, core_dump, env};
use crate::client::{
    BaseUrl, Concurrency, Config, Credentials, Exchange, KNOWN_REGIONS, Limits, Observer, Wait,
    WaitObserver,
};
use crate::short_name::{clip, clip_path};
use crate::time_arg::parse_duration;

/// The most bytes that are read of a credential file; no credential is nearly as long.
const LONGEST_CREDENTIAL: u64 = 64 * 1024;

/// Where the API is, who asks, and the bounds of the conversation.
///
/// No credential is ever taken as an argument: those can be read by others on
/// the same machine, and stay in histories.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
#[expect(clippy::doc_markdown, reason = "the help names variables as clap itself does")]
pub struct ConnectionArgs {
    /// Region of the account, such as eu or us-west [env: TALEND_REGION]
    #[arg(long, value_name = "REGION", conflicts_with = "api_url")]
    pub region: Option<String>,

    /// Base URL of the API, instead of a region's [env: TALEND_API_URL]
    ///
    /// https only, except for a loopback address.
    #[arg(long, value_name = "URL")]
    pub api_url: Option<String>,

    /// File with an access token [env: TALEND_TOKEN_FILE]
    ///
    /// A personal access token, or a service account's token that is fetched
    /// and renewed elsewhere. Nobody else may be able to read the file. The
    /// environment variable `TALEND_TOKEN` can hold the token itself instead.
    #[arg(long, value_name = "FILE", conflicts_with = "service_account_file")]
    pub token_file: Option<PathBuf>,

    /// File with a service account's ID:secret [env: TALEND_SERVICE_ACCOUNT_FILE]
    ///
    /// Tokens are fetched with it, kept in memory only, and renewed before
    /// they expire. The environment variables `TALEND_SERVICE_ACCOUNT_ID` and
    /// `TALEND_SERVICE_ACCOUNT_SECRET` can hold the account instead.
    #[arg(long, value_name = "FILE")]
    pub service_account_file: Option<PathBuf>,

    /// Further root certificates to trust, in PEM [env: SSL_CERT_FILE]
    ///
    /// They are trusted besides the platform's own. On Linux, `SSL_CERT_FILE`
    /// replaces the platform's own, as it does for other programs.
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,

    /// Requests in flight at a time [default: 8, growing to 32 where answers are slow]
    ///
    /// Without it, 8 are in flight as long as the API answers within 50 ms, and
    /// more where it takes longer. With it, N at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: Option<u16>,

    /// Requests a minute at most, for each of the API's two parts
    ///
    /// The API allows 1800 from one address. Lower it where others use the API
    /// from the same one.
    #[arg(long, value_name = "N", default_value_t = 1800,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: u32,

    /// Time that one attempt may take
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = positive)]
    pub timeout: Duration,

    /// Number of retries of a failed request
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(..=100))]
    pub retries: u32,

    /// Items that one list may have
    ///
    /// A longer list is an error (69), since a list that never ends would fill
    /// the memory. So is one of more than 256 MB, or of 256 bytes an item if
    /// that is more.
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub max_items: u64,

    /// Time that everything together may take
    #[arg(long, value_name = "DURATION", value_parser = positive)]
    pub deadline: Option<Duration>,
}

fn positive(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

impl ConnectionArgs {
    /// Makes the client's configuration of the flags and the environment.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that names every way out, and never a credential.
    pub fn resolve(&self, messages: &Messages) -> anyhow::Result<Config> {
        // Before a credential is read.
        core_dump::forbid();
        self.resolve_with(messages, &|name| std::env::var_os(name))
    }

    fn resolve_with(&self, messages: &Messages, env: &Variables<'_>) -> anyhow::Result<Config> {
        let base = self.base(messages, env)?;
        let credentials = self.credentials(env)?;
        if base.is_tls() {
            warn_of_roots(messages, env);
        }
        // On Linux the platform's own roots are read from there already.
        let elsewhere = || (!cfg!(target_os = "linux")).then(|| set(env, env::CA_FILE)).flatten();
        let ca_file = self.ca_file.clone().or_else(|| elsewhere().map(PathBuf::from));
        let extra_roots = ca_file.map(|path| {
            std::fs::read(&path)
                .map_err(|error| Refusal::config(format!("{}: {error}", path.display())))
                .context("cannot read the root certificates")
        });
        Ok(Config {
            base,
            credentials,
            limits: Limits {
                concurrency: self.concurrency(),
                rate: usize::try_from(self.rate).unwrap_or(usize::MAX),
                timeout: self.timeout,
                retries: self.retries,
                deadline: self.deadline,
                max_items: self.max_items,
                is_urgent: false,
            },
            extra_roots: extra_roots.transpose()?,
            observer: observer(messages),
            wait_observer: wait_observer(messages),
        })
    }

    /// The bound of the requests in flight.
    #[must_use]
    pub fn concurrency(&self) -> Concurrency {
        self.concurrency.map_or(Concurrency::GROWING, |number| Concurrency::fixed(number.into()))
    }

    fn base(&self, messages: &Messages, env: &Variables<'_>) -> Result<BaseUrl, Refusal> {
        let (mut region, mut url) = (self.region.clone(), self.api_url.clone());
        if region.is_none() && url.is_none() {
            url = text(env, env::API_URL)?;
            region = if url.is_none() { text(env, env::REGION)? } else { None };
        }
        if let Some(url) = url {
            // The URL itself is not repeated: it may hold a password.
            return BaseUrl::parse(&url)
                .map_err(|error| Refusal::config(format!("the base URL of the API: {error}")));
        }
        let Some(region) = region else {
            return Err(Refusal::config("no region").hint(format!(
                "give the account's region with --region or {}: {}",
                env::REGION,
                KNOWN_REGIONS.join(", ")
            )));
        };
        let base = BaseUrl::region(&region)
            .map_err(|error| Refusal::config(format!("region {:?}: {error}", clip(&region))))?;
        if !KNOWN_REGIONS.contains(&region.as_str()) {
            messages
                .warn(&format!("region {region} is not a known one; asking {base} all the same"));
        }
        Ok(base)
    }

    /// A flag goes before a variable. If only variables are set, they must name one
    /// kind of credential.
    fn credentials(&self, env: &Variables<'_>) -> Result<Credentials, Refusal> {
        if let Some(path) = &self.token_file {
            return token(path);
        }
        if let Some(path) = &self.service_account_file {
            return service_account(path);
        }
        let ways =
            [env::TOKEN_FILE, env::TOKEN, env::SERVICE_ACCOUNT_FILE, env::SERVICE_ACCOUNT_ID];
        let given: Vec<_> = ways.into_iter().filter(|name| set(env, name).is_some()).collect();
        let path = |name| PathBuf::from(set(env, name).unwrap_or_default());
        match given[..] {
            [] => Err(Refusal::config("no credentials").hint(format!(
                "give an access token with --token-file, {} or {}, or a service account with \
                 --service-account-file, {}, or {} and {}",
                env::TOKEN_FILE,
                env::TOKEN,
                env::SERVICE_ACCOUNT_FILE,
                env::SERVICE_ACCOUNT_ID,
                env::SERVICE_ACCOUNT_SECRET,
            ))),
            [env::TOKEN_FILE] => token(&path(env::TOKEN_FILE)),
            [env::SERVICE_ACCOUNT_FILE] => service_account(&path(env::SERVICE_ACCOUNT_FILE)),
            [env::TOKEN] => Ok(Credentials::Token(secret(env, env::TOKEN)?)),
            [env::SERVICE_ACCOUNT_ID] => Ok(Credentials::ServiceAccount {
                id: secret(env, env::SERVICE_ACCOUNT_ID)?,
                secret: secret(env, env::SERVICE_ACCOUNT_SECRET)?,
            }),
            _ => Err(Refusal::config(format!("credentials in several ways: {}", given.join(", ")))
                .hint("set one of these, or choose with a flag")),
        }
    }
}

/// Warns if a variable names a file of root certificates that has none: the TLS library
/// ignores such a file in silence, and trusts no server. On other systems than Linux, a
/// later step reports it as an error.
fn warn_of_roots(messages: &Messages, env: &Variables<'_>) {
    let Some(path) = set(env, env::CA_FILE).filter(|_| cfg!(target_os = "linux")) else { return };
    let path = PathBuf::from(path);
    let why = match std::fs::read(&path) {
        Err(error) => error.to_string(),
        Ok(pem) if memchr::memmem::find(&pem, b"-----BEGIN CERTIFICATE-----").is_none() => {
            "no certificate in PEM".to_owned()
        }
        Ok(_) => return,
    };
    messages.warn(&format!(
        "{}: {}: {why}: no root certificate is trusted by it, and the system's own are not read",
        env::CA_FILE,
        clip_path(&path)
    ));
}

/// Looks a variable up: the process's environment, but for tests.
type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// A variable that is set to something.
fn set(env: &Variables<'_>, name: &str) -> Option<OsString> {
    env(name).filter(|value| !value.is_empty())
}

fn text(env: &Variables<'_>, name: &str) -> Result<Option<String>, Refusal> {
    set(env, name)
        .map(OsString::into_string)
        .transpose()
        .map_err(|_| Refusal::config(format!("{name} is not UTF-8")))
}

fn secret(env: &Variables<'_>, name: &str) -> Result<SecretString, Refusal> {
    let value = text(env, name)?.ok_or_else(|| Refusal::config(format!("{name} is not set")))?;
    one_word(&SecretString::from(value), name)
}

/// The secret without white space around it. Refuses a secret that cannot be the value
/// of an HTTP header.
fn one_word(secret: &SecretString, place: &str) -> Result<SecretString, Refusal> {
    let word = secret.expose_secret().trim_start_matches('\u{feff}').trim();
    if word.is_empty() {
        return Err(Refusal::config(format!("{place} is empty")));
    }
    if !word.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Refusal::config(format!(
            "{place} does not hold one line of printable ASCII without spaces"
        )));
    }
    Ok(word.to_owned().into())
}

/// The token in a file.
fn token(path: &Path) -> Result<Credentials, Refusal> {
    Ok(Credentials::Token(one_word(&read_private(path)?, &path.display().to_string())?))
}

/// The service account in a file.
fn service_account(path: &Path) -> Result<Credentials, Refusal> {
    let place = path.display().to_string();
    let account = one_word(&read_private(path)?, &place)?;
    match account.expose_secret().split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok(Credentials::ServiceAccount {
                id: id.to_owned().into(),
                secret: secret.to_owned().into(),
            })
        }
        _ => Err(Refusal::config(format!("{place} does not hold ID:secret"))),
    }
}

/// Reads a file that only its owner can read.
fn read_private(path: &Path) -> Result<SecretString, Refusal> {
    let place = path.display();
    let failed =
        |error| Refusal::config(format!("cannot read the credential file {place}: {error}"));
    let file = File::open(path).map_err(failed)?;
    if file.metadata().is_ok_and(|found| found.is_dir()) {
        return Err(Refusal::config(format!("{place} is a directory, not a credential file"))
            .hint("name the file in it"));
    }
    check_private(&file, path)?;
    let mut text = String::new();
    file.take(LONGEST_CREDENTIAL).read_to_string(&mut text).map_err(failed)?;
    Ok(text.into())
}

/// Refuses a file that others can read or write, with the command that corrects its
/// mode. A file of root may be readable for our group, since secrets are handed to
/// services in this way. A file of any other owner is refused, since that owner can
/// read it.
fn check_private(file: &File, path: &Path) -> Result<(), Refusal> {
    let place = path.display();
    let metadata = file
        .metadata()
        .map_err(|error| Refusal::config(format!("cannot look at {place}: {error}")))?;
    let us = rustix::process::geteuid().as_raw();
    let forbidden = match metadata.uid() {
        owner if owner == us => 0o077,
        0 => 0o027,
        owner => {
            let what = format!("the credential file {place} belongs to another user ({owner})");
            return Err(Refusal::refused(what).hint(format!("chown {us} '{place}'")));
        }
    };
    if metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    let mode = metadata.mode() & 0o777;
    Err(Refusal::refused(format!(
        "the credential file {place} can be used by others (mode {mode:o})"
    ))
    .hint(format!("chmod 600 '{place}'")))
}

/// On a terminal, the progress line says why requests wait, and how long still.
fn wait_observer(messages: &Messages) -> Option<WaitObserver> {
    let progress = messages.progress().clone();
    let show = move |wait: Option<Wait>| progress.wait(wait.map(|wait| wait.to_string()));
    messages.wants_progress().then(|| Box::new(show) as WaitObserver)
}

/// With `--verbose`, one line for each attempt.
fn observer(messages: &Messages) -> Option<Observer> {
    if !messages.wants_detail(1) {
        return None;
    }
    let messages = messages.clone();
    Some(Box::new(move |exchange| messages.detail(1, || line(exchange))))
}

fn line(exchange: &Exchange<'_>) -> String {
    let result = match (exchange.status, exchange.failure) {
        (Some(status), None) => status.to_string(),
        (Some(status), Some(failure)) => format!("{status}, {failure}"),
        (None, failure) => failure.unwrap_or("no answer").to_owned(),
    };
    format!(
        "{} {}: {result}, {} bytes, {} ms, attempt {}",
        exchange.method,
        exchange.path,
        exchange.bytes,
        exchange.took.as_millis(),
        exchange.attempt,
    )
}

#[cfg(test)]
mod tests;
