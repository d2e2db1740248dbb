//! Makes connections: TLS, roots, proxies, and the headers of every request.

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};

use super::answer::innermost;
use super::config::Config;
use super::error::ClientError;

/// The version that the descriptions of the API are written for.
const API_VERSION: &str = "2021-03";
/// Anything is taken, JSON rather than the rest: some endpoints that answer
/// without a body refuse `application/json` alone with 406.
const ACCEPT: &str = "application/json, */*;q=0.5";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The HTTP client. Its TLS is rustls with ring and the platform's own roots;
/// none of it is made for a loopback address without TLS, which no proxy
/// concerns either.
pub(super) fn http_client(config: &Config) -> Result<reqwest::Client, ClientError> {
    let setup = |error: reqwest::Error| ClientError::Setup(innermost(&error).0);
    // Fails only where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut headers = HeaderMap::new();
    headers.insert("talend-version", HeaderValue::from_static(API_VERSION));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("talend-maintenance/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .timeout(config.limits.timeout)
        .connect_timeout(config.limits.timeout.min(CONNECT_TIMEOUT));
    if config.base.is_tls() {
        if let Some(pem) = &config.extra_roots {
            let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?;
            if roots.is_empty() {
                return Err(ClientError::Setup("no certificate in the file of extra roots".into()));
            }
            builder = builder.tls_certs_merge(roots);
        }
    } else {
        let nobody = rustls::ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        builder = builder.no_proxy().tls_backend_preconfigured(nobody);
    }
    builder.build().map_err(setup)
}
