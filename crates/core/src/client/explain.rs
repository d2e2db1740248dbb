//! The exit code, the `code` for scripts and the hint of each error of the client.

use super::error::{ApiMessage, ClientError, Discrepancy, RequestLine};
use super::retry;
use crate::exit::{Exit, Explain};

/// Words of a refusal that is about the address that a request comes from.
const ADDRESS: [&str; 10] = [
    "allowlist",
    "allow-list",
    "allow list",
    "allowed list",
    "whitelist",
    "white-list",
    "ip address",
    "source address",
    "your ip ",
    "ip range",
];

impl Explain for ClientError {
    fn status(&self) -> Option<u16> {
        Self::status(self)
    }

    fn request_id(&self) -> Option<&str> {
        match self {
            Self::Status { said, .. } => said.request_id.as_deref(),
            _ => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Status { status: 401 | 403 | 407, .. } => Exit::Refused,
            Self::Status { status: 404, .. } | Self::Setup(_) => Exit::Config,
            _ => Exit::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Status { status: 401, .. } => "unauthorized",
            Self::Status { status: 403, .. } => "forbidden",
            Self::Status { status: 404, .. } => "not-found",
            Self::Status { status: 406, .. } => "not-acceptable",
            Self::Status { status: 408, .. } => "request-timeout",
            Self::Status { status: 409, .. } => "conflict",
            Self::Status { status: 415, .. } => "unsupported-media-type",
            Self::Status { status: 423, .. } => "locked",
            Self::Status { status: 429, .. } => "rate-limit",
            Self::Status { .. } => "api-status",
            Self::NoAnswer { untrusted: true, .. } => "untrusted-certificate",
            Self::NoAnswer { .. } => "no-answer",
            Self::Unreadable { .. } => "unreadable-answer",
            Self::Redirect { .. } => "redirect",
            Self::Incomplete { .. } => "incomplete-list",
            Self::TooLong { .. } => "list-too-long",
            Self::Deadline { .. } => "deadline",
            Self::Late { .. } => "late",
            Self::Setup(_) => "connection-setup",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Status { request, status, said } => return of_status(request, *status, said),
            Self::Incomplete { what: Discrepancy::Mismatch { .. }, handed_out: false, .. } => {
                "the API may count what the account cannot see; runs-fetch takes the list as it is \
                 with --accept-total-mismatch"
            }
            Self::Incomplete { what: Discrepancy::Item { .. }, handed_out: false, .. } => {
                "the API writes this in a shape that is not known here: the list cannot be used"
            }
            Self::Incomplete { what: Discrepancy::Crowded { .. }, .. } => {
                "more runs lie at one moment than the API lists: ask for single workspaces or tags"
            }
            Self::Incomplete { what: Discrepancy::Empty { .. }, handed_out: false, .. } => {
                "the API hands out less than it has: ask for less time, or for single workspaces"
            }
            Self::Incomplete { handed_out: false, .. } => {
                "the list keeps changing, or the API counts it wrongly: try again later"
            }
            Self::Incomplete { handed_out: true, .. } => {
                "lines were written before this was noticed: throw them away and run it again; if \
                 it always ends so, --accept-total-mismatch holds the list back until it is whole"
            }
            Self::NoAnswer { untrusted: true, .. } => {
                "if a company's own certificate authority signs here, name it with --ca-file"
            }
            Self::NoAnswer { .. } => {
                "check --region or --api-url, the network, and HTTPS_PROXY and NO_PROXY"
            }
            Self::Unreadable { .. } | Self::Redirect { .. } => {
                "something between here and the API may have answered: check --api-url and \
                 HTTPS_PROXY"
            }
            Self::TooLong { .. } => {
                "ask for less, or raise --max-items if the list can be that long; lines that were \
                 written are not the whole of it"
            }
            Self::Late { .. } => return None,
            Self::Deadline { .. } => "raise --deadline, or ask for less",
            Self::Setup(_) => "check --ca-file and SSL_CERT_FILE",
        };
        Some(hint.to_owned())
    }

    fn retryable(&self) -> bool {
        match self {
            // Conflicts and locks pass, though not within a few seconds.
            Self::Status { status, .. } => {
                retry::is_transient(*status) || matches!(status, 409 | 423)
            }
            Self::NoAnswer { untrusted, .. } => !untrusted,
            Self::Unreadable { .. } | Self::Incomplete { .. } | Self::Deadline { .. } => true,
            Self::TooLong { .. } | Self::Redirect { .. } | Self::Late { .. } | Self::Setup(_) => {
                false
            }
        }
    }
}

/// The hint for an answer that refuses a request.
fn of_status(request: &RequestLine, status: u16, said: &ApiMessage) -> Option<String> {
    let is_token = request.is_for_token();
    let hint = match status {
        400 if is_token && said.mentions(&["invalid_client", "invalid_grant", "unauthorized"]) => {
            WRONG_ACCOUNT
        }
        401 if is_token => WRONG_ACCOUNT,
        401 => {
            "the token has expired or was revoked, or it belongs to another region: check \
             --region, and make a new token if need be"
        }
        403 => of_forbidden(request, said),
        404 => "it may have been deleted, or the account may not see it",
        405 if is_start(request) => "it is paused, and so it cannot be started",
        406 => {
            "the API will not answer in a form that was asked for: a proxy may have changed the \
             header Accept"
        }
        407 => "the proxy wants credentials: check HTTPS_PROXY",
        408 => {
            "the request did not arrive in time: check the network and the proxy, or lower \
             --concurrency"
        }
        409 => {
            "something else is changing the same object, such as a promotion or a person: try \
             again when it is done"
        }
        415 => {
            "the API does not take JSON here: a proxy may have changed the header Content-Type, or \
             --api-url leads elsewhere"
        }
        423 => "the object is locked, perhaps by a promotion under way: try again when it is done",
        429 => "others may be using the API from the same address: lower --rate, or try later",
        status if retry::is_transient(status) => {
            "the service fails: try again later, or raise --retries"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The hint for a request that the account may not make (403).
fn of_forbidden(request: &RequestLine, said: &ApiMessage) -> &'static str {
    if said.is_html() {
        "the answer is a page, not the API's own: a proxy or a firewall refuses the request, \
         or the account's list of allowed addresses does; check HTTPS_PROXY, and ask who runs \
         them"
    } else if said.mentions(&ADDRESS) {
        "the account has a list of allowed addresses, and this machine's is not on it: add it \
         in Talend Management Console, or send through a proxy that is on it"
    } else if request.is_for_token() {
        "to fetch tokens, the service account needs the permission \
         TMC_SERVICE_ACCOUNT_MANAGEMENT"
    } else if request.method == "PUT" {
        "to pause and resume, the account needs the role TMC_OPERATOR and the permission \
         AUTHOR on the workspace; an account with a list of allowed addresses refuses other \
         addresses so, too"
    } else if is_start(request) {
        "to start a run, the account needs TMC_ENGINE_USE or TMC_OPERATOR, and the permission \
         EXECUTE on the workspace"
    } else if request.path.ends_with("/executions") {
        "to list executions, the account needs the role TMC_OPERATOR and the permission READ \
         on the workspace"
    } else {
        "the account needs the role TMC_OPERATOR and the permission READ on the workspace; an \
         account with a list of allowed addresses refuses other addresses so, too"
    }
}

const WRONG_ACCOUNT: &str =
    "the service account's ID or secret is wrong, or it belongs to another region";

/// Whether a run was to be started.
fn is_start(request: &RequestLine) -> bool {
    request.method == "POST"
        && (request.path.ends_with("/processing/executions")
            || request.path.ends_with("/processing/executions/plans"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_fit_who_refused_what_and_why() {
        let list = ("GET", "/orchestration/executables/tasks");
        let token = ("POST", "/security/oauth/token");
        let pause = ("PUT", "/orchestration/executables/tasks/t/pause");
        let start = ("POST", "/processing/executions");
        for ((method, path), status, text, words) in [
            (list, 403, "Forbidden", "permission READ"),
            (pause, 403, "Forbidden", "permission AUTHOR"),
            (start, 403, "Forbidden", "permission EXECUTE"),
            (token, 403, "Forbidden", "TMC_SERVICE_ACCOUNT_MANAGEMENT"),
            (list, 403, "Your IP address is not allowed", "list of allowed addresses"),
            (pause, 403, "not on the allowlist", "list of allowed addresses"),
            (token, 403, "IP address 10.1.1.1 refused", "list of allowed addresses"),
            (list, 403, "<html><title>Blocked</title>", "a proxy or a firewall"),
            (token, 401, "", "ID or secret"),
            (token, 400, "unknown (invalid_client)", "ID or secret"),
            (list, 401, "", "--region"),
            (list, 406, "", "Accept"),
            (list, 408, "", "in time"),
            (pause, 409, "", "promotion"),
            (pause, 415, "", "Content-Type"),
            (pause, 423, "", "locked"),
            (start, 405, "", "paused"),
            (list, 503, "", "service fails"),
        ] {
            let request = RequestLine { method, path: path.to_owned(), attempts: 1 };
            let said = ApiMessage { text: Some(text.to_owned()), request_id: None };
            let hint = ClientError::Status { request, status, said }.hint().unwrap();
            assert!(hint.contains(words), "{method} {path} {status} {text}: {hint}");
        }
    }
}
