//! `POST /security/oauth/token`.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::{Answer, ApiRefusal, Ask};
use crate::tenant::Tenant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    audience: String,
    grant_type: String,
}

#[derive(Serialize)]
struct TokenResponse<'a, E> {
    access_token: &'a str,
    token_type: &'a str,
    expires_in: E,
}

pub(super) fn token(tenant: &mut Tenant, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let body: TokenRequest = ask.json()?;
    if body.grant_type != "client_credentials" {
        return Err(ApiRefusal::bad(format!(
            "grant_type \"{}\" is not supported",
            body.grant_type
        )));
    }
    if body.audience.is_empty() {
        return Err(ApiRefusal::bad("audience is empty"));
    }
    let (now, seconds) = (tenant.now(), tenant.options.token_seconds);
    let access_token = tenant.accounts.issue(ask, now, seconds)?;
    let token_type = "Bearer";
    if tenant.options.expires_in_as_number {
        let response = TokenResponse { access_token, token_type, expires_in: seconds };
        Answer::json(StatusCode::OK, &response)
    } else {
        let response = TokenResponse { access_token, token_type, expires_in: seconds.to_string() };
        Answer::json(StatusCode::OK, &response)
    }
}
