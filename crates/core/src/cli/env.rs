//! The environment variables that the tools read, by name. A flag always
//! beats its variable.

/// The region: see [`ConnectionArgs::region`](super::ConnectionArgs).
pub const REGION: &str = "TALEND_REGION";
/// Another base URL than a region's.
pub const API_URL: &str = "TALEND_API_URL";
/// The file that holds an access token.
pub const TOKEN_FILE: &str = "TALEND_TOKEN_FILE";
/// The access token itself.
pub const TOKEN: &str = "TALEND_TOKEN";
/// The file that holds a service account's `ID:secret`.
pub const SERVICE_ACCOUNT_FILE: &str = "TALEND_SERVICE_ACCOUNT_FILE";
/// A service account's ID.
pub const SERVICE_ACCOUNT_ID: &str = "TALEND_SERVICE_ACCOUNT_ID";
/// A service account's secret.
pub const SERVICE_ACCOUNT_SECRET: &str = "TALEND_SERVICE_ACCOUNT_SECRET";
/// One environment whose runs are listed: its ID, or its name as it is.
pub const ENVIRONMENT: &str = "TALEND_ENVIRONMENT";
/// A file of root certificates.
pub const CA_FILE: &str = "SSL_CERT_FILE";
